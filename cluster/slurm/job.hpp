// The Slurm job that this process runs in, and what Slurm says of a job.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/slurm/command_runner.hpp"

namespace overtake {

/// What Slurm tells a job through its environment.
struct SlurmJob {
    std::string id = {};        // digits; of an array's task "ARRAY_TASK", since the number of the last one is that of the whole array
    std::int64_t restart = 0;   // how often Slurm has begun it again
    std::string array_task = {};  // empty: no array
    std::int64_t end = 0;       // [Unix seconds] of its time limit; 0: not told
    std::int64_t link = 0;      // of a chain of jobs, each of which submitted the next; 0: the first
    bool operator==(const SlurmJob&) const = default;
};

/// Environment variables by name; nullptr for one that is not set.
using Environment = std::function<const char*(const char*)>;

/// nullopt outside Slurm, or if SLURM_JOB_ID is no number.
std::optional<SlurmJob> job_from(const Environment& environment);

/// "4711.2": job and restart count, unlike that of any other life of any job.
std::string life_of(const SlurmJob& job);

/// One line of `scontrol show job -o`.
struct JobFacts {
    std::string state;          // RUNNING, PENDING, CANCELLED ...
    std::string reason;         // why it waits, or None
    bool may_requeue = false;
    std::int64_t restarts = 0;
    bool operator==(const JobFacts&) const = default;
};

/// nullopt if it holds no JobState.
std::optional<JobFacts> parse_job(std::string_view line);

/// nullopt if Slurm does not answer or does not know the job (any more). Never throws.
std::optional<JobFacts> ask_for_job(CommandRunner& slurm, const std::string& id);

/// "[days-][[hours:]minutes:]seconds" as squeue's %L writes it; nullopt for UNLIMITED, INVALID, NOT_SET and the like.
std::optional<std::int64_t> parse_time_left(std::string_view text);

/// The end of the job [Unix seconds]: what it was told, else `now` and what squeue says is left (before Slurm 23.02 jobs aren't told);
/// 0 if nobody knows, or there is no limit. Never throws.
std::int64_t end_of(CommandRunner& slurm, const SlurmJob& job, std::int64_t now);

}  // namespace overtake
