// The verbs of cluster/launch.
#pragma once

#include <span>

#include "sweeps/command.hpp"

namespace overtake {

/// run, status, inspect, bench. overtake.cpp adds plan, which needs cluster/schedule's prediction.
std::span<const Command> launch_commands();

}  // namespace overtake
