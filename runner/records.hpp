// A stage's record as its team leaves it, and words to the user.
#pragma once

#include <string>

#include "runner/stage_work.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// A record with identity, status and provenance filled in; curve and evaluations are the caller's. `seconds`: all attempts.
StageRecord begin_record(const StageWork& work, const StageResult& result, double seconds);

/// Writes it durably. Throws IoError or Hdf5Error.
void keep_record(const StageWork& work, const StageRecord& record);

/// One line on standard error, with the rank and the host; thread-safe.
void say(const std::string& words);
/// What `say` prints in front ("rank 3/8 on node-a"); set once at the start.
void set_speaker(std::string name);

}  // namespace overtake
