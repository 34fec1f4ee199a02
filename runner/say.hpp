// A rank's words to the user.
#pragma once

#include <string>

#include "sweeps/run_lines.hpp"

namespace overtake {

/// One line on standard error, with the rank and the host; thread-safe.
void say(const std::string& words);
/// What `say` prints in front ("rank 3/8 on node-a"); set once at the start.
void set_speaker(std::string name);

/// One line to the supervisor, whole whatever other threads print.
void print(const RunLine& line);

}  // namespace overtake
