// What Slurm's output files have and no log: set-up lines that fail, data that can't be prepared, a file that is refused.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sweeps/sweep_folder.hpp"

namespace overtake {

struct JobOutput {
    std::string job;                 // its number
    std::filesystem::path file;      // slurm-JOB.out, or slurm-JOB_TASK.out of an array's task
    std::vector<std::string> lines;  // the last ones, but for progress and what is in a log, too
    std::string name() const { return file.stem().string(); }
};

/// Of the job whose output was written to last: its file, or those of its tasks in order, with at most `count` lines of each (of the last 256 KiB).
std::vector<JobOutput> newest_job_output(const SweepFolder& folder, std::size_t count);

}  // namespace overtake
