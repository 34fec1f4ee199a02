// How a sweep stands, from its files alone: it may run on another host, or not at all.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cluster/launch/lock.hpp"
#include "cluster/launch/sweep_view.hpp"
#include "cluster/slurm/submitted.hpp"

namespace overtake {

struct RunningStage {
    std::string id, kind, scheme, size;
    double seconds_since_checkpoint = 0;   // < 0: it has none of its own yet
    std::string member = {};               // of a job array, who has its lease
};

/// Who holds, or held, a lock of the folder.
struct OwnerStatus {
    std::string member;                    // of a job array; empty: alone
    LockOwner owner;
    bool alive = false;
    double heartbeat_age_s = 0;
};

struct SweepStatus {
    std::string name, folder;
    std::size_t trials = 0, stages = 0, done = 0, diverged = 0, failed = 0, waiting = 0;  // waiting: no record
    std::vector<RunningStage> running;     // without a record, while somebody lives: checkpointed lately, or in a living member's lease
    std::vector<OwnerStatus> owners;       // one, or the members of a job array in order
    double share_of_flops = 0;             // done
    double seconds_left = 0;               // predicted
    std::string calibration;               // where the prediction comes from
    std::vector<std::string> last_errors;  // of the logs, oldest first
    std::vector<std::string> job_errors;   // of the newest Slurm job, which no log has: "slurm-4711: line"
};

SweepStatus find_status(const SweepView& view);
std::string to_json_text(const SweepStatus& status);
void print(std::ostream& out, const SweepStatus& status);
void print(std::ostream& out, const std::vector<QueuedJob>& jobs);  // of the sweep, as they stand in Slurm's queue

/// Of a folder whose sweep no job has begun yet: `queued` ones, and what the newest said. Without both: that the `submitted` one ended before.
void print_not_begun(std::ostream& out, const SweepFolder& folder, const std::optional<std::string>& submitted, const std::vector<QueuedJob>& queued);

/// The last `count` lines that speak of an error, a death or a failure.
std::vector<std::string> last_errors_of(const std::filesystem::path& log, std::size_t count);

/// overtake status DIR [--json]
int status_verb(const std::vector<std::string>& arguments);

}  // namespace overtake
