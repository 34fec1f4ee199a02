// What a job does when it leaves with work undone: back into the queue, held there, a next job behind it, or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/slurm/job.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

struct LeavingFacts {
    bool work_left = false;            // exit code 75
    bool cancelled = false;            // by `overtake cancel`
    std::optional<JobFacts> job;       // nullopt: Slurm did not answer
    bool time_is_up = false;           // past the end of the job
    bool requeue_wanted = true;        // [slurm] requeue
    std::int64_t restarts_without_progress = 0;  // in a row, this life included if nothing came of it
    std::int64_t link = 0;
};

enum class Leaving { nothing, requeue, hold, chain };

inline constexpr std::int64_t restarts_before_hold = 3;  // in a row without progress
inline constexpr std::int64_t longest_chain = 100;       // jobs, each of which submitted the next

struct LeavingChoice {
    Leaving how = Leaving::nothing;
    std::string why;                   // words for the log; empty: nothing to say
    bool operator==(const LeavingChoice&) const = default;
};

/// Pure. A cancelled job stays cancelled; one that Slurm is ending itself (an operator's requeue, preempted, node failed: COMPLETING,
/// which hides what comes next) is left to it, unless that is for its time limit, after which nobody would requeue it; one that may not be
/// requeued is followed by a next job.
LeavingChoice how_to_leave(const LeavingFacts& facts);

/// Asks Slurm for it and answers words for the log, also when Slurm refuses. A requeue that is refused because the job waits already is none to
/// mourn; any other refusal becomes a chain.
/// The next job of a chain is that of the batch script of `folder`, which remembers its number for cancel and status. Slurm may end this process before the call returns: let it be the last. Never throws.
std::string leave(CommandRunner& slurm, const SlurmJob& job, const LeavingChoice& choice, const SweepFolder& folder);

}  // namespace overtake
