// Handing a batch script to Slurm.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cluster/slurm/command_runner.hpp"

namespace overtake {

/// sbatch --parsable with the script on stdin. Answers the job's id, digits only (a cluster's name behind it is dropped).
/// Throws IoError with sbatch's own words if it refuses or answers something else.
std::string submit_batch_script(CommandRunner& runner, const std::string& script);

/// The same for a script that lies in a file, with further options of sbatch before it, from within a job: what Slurm told this job
/// alone (restart count, end) is kept from the next, which would inherit it.
std::string submit_batch_file(CommandRunner& runner, const std::filesystem::path& script, const std::vector<std::string>& options);

}  // namespace overtake
