// Handing a batch script to Slurm.
#pragma once

#include <string>

#include "cluster/slurm/command_runner.hpp"

namespace overtake {

/// sbatch --parsable with the script on stdin. Answers the job's id, digits only (a cluster's name behind it is dropped).
/// Throws IoError with sbatch's own words if it refuses or answers something else.
std::string submit_batch_script(CommandRunner& runner, const std::string& script);

}  // namespace overtake
