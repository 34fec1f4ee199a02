// The verbs of analysis: fit, crossover, report.
#pragma once

#include <span>

#include "sweeps/command.hpp"

namespace overtake {

std::span<const Command> analysis_commands();

}  // namespace overtake
