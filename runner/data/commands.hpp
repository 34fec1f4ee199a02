// Verbs of this folder: `data`.
#pragma once

#include <span>

#include "sweeps/command.hpp"

namespace overtake {

std::span<const Command> data_commands();

}  // namespace overtake
