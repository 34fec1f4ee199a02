// The verbs of the command-line tool that concern results files.
#pragma once

#include <span>

#include "sweeps/command.hpp"

namespace overtake {

/// collect, validate, diff, table.
std::span<const Command> results_commands();

}  // namespace overtake
