// Which job a sweep folder was submitted as, and how it stands in the queue.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/slurm/command_runner.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Keeps the id in the folder, in place of those before; a member of an array keeps the job that follows its task beside them. Throws IoError.
void remember_job(const SweepFolder& folder, const std::string& id);

/// The job that was submitted last, and those that follow tasks of an array, as squeue takes them ("8,12,13"); or nullopt.
std::optional<std::string> submitted_job(const SweepFolder& folder);

struct QueuedJob {
    std::string id;      // of the job; "12_3" of an array's task; a waiting array answers once, as "12_[0-3]"
    std::string state;   // PENDING, RUNNING, COMPLETING ...
    std::string reason;  // why it waits, or where it runs
    bool operator==(const QueuedJob&) const = default;
};

/// What squeue says of a job, of several ("8,12"), or of every task of an array; empty if it is over, unknown, or Slurm does not answer. Never throws.
std::vector<QueuedJob> jobs_in_queue(CommandRunner& slurm, const std::string& id);

}  // namespace overtake
