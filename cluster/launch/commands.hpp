// The verbs of cluster/launch.
#pragma once

#include <span>

#include "sweeps/command.hpp"

namespace overtake {

/// run, plan, status, inspect, bench.
std::span<const Command> launch_commands();

}  // namespace overtake
