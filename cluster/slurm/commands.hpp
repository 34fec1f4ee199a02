// The verbs of cluster/slurm.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cluster/slurm/command_runner.hpp"

namespace overtake {

/// Looks at a sweep file and its folder before Slurm does, and throws what is wrong. cluster/launch knows budgets; this folder may not know that one.
using BeforeSubmission = std::function<void(const std::filesystem::path& specification, const std::filesystem::path& folder)>;

/// submit SWEEP.toml [--in DIR] [--array K] [--dry-run], with Slurm behind `runner`. Prints the script (--dry-run) or the job's id to stdout.
int submit_sweep(const std::vector<std::string>& arguments, CommandRunner& runner, const BeforeSubmission& look = {});

}  // namespace overtake
