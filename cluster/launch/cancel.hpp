// overtake cancel: an order to leave with checkpoints, and not to come back.
#pragma once

#include <string>
#include <vector>

#include "cluster/slurm/command_runner.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Whether the stop file of this life, if there is one, was left by `overtake cancel`: then the job isn't put back into the queue.
bool is_cancelled(const SweepFolder& folder);

/// Everybody who works in the folder, or on its tuning, gets a stop file; jobs of it that only wait in Slurm's queue are taken out. With `now` running jobs
/// are ended by Slurm at once instead. Answers one line of words for each thing that was done; none: nothing was there to cancel.
std::vector<std::string> cancel_sweep(const SweepFolder& folder, bool now, CommandRunner& slurm);

/// overtake cancel DIR [--now]
int cancel_verb(const std::vector<std::string>& arguments);

}  // namespace overtake
