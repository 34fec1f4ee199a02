// The verbs of cluster/schedule.
#pragma once

#include <span>

#include "sweeps/command.hpp"

namespace overtake {

/// simulate SWEEP.toml --gpus N [...]: README.md lists the options.
std::span<const Command> schedule_commands();

}  // namespace overtake
