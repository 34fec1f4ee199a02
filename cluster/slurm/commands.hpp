// The verbs of cluster/slurm.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cluster/slurm/command_runner.hpp"
#include "sweeps/command.hpp"

namespace overtake {

/// submit SWEEP.toml [--in DIR] [--array K] [--dry-run]
std::span<const Command> slurm_commands();

/// The verb with Slurm behind `runner`. Prints the script (--dry-run) or the job's id to stdout.
int submit_sweep(const std::vector<std::string>& arguments, CommandRunner& runner);

}  // namespace overtake
