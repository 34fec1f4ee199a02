// The batch script of a sweep: a pure function from values to text that a person can read and edit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sweeps/specification.hpp"

namespace overtake {

/// Everything the script depends on; paths as they shall stand in it, absolute.
struct BatchRequest {
    std::string sweep;                    // the sweep's name; the job's name unless the section has one
    SlurmSection slurm;
    std::int64_t ranks = 1;               // MPI ranks of the sweep; must fit nodes * tasks_per_node, where a tasks_per_node
                                          // of 1, the default, stands for as many as the ranks need
    bool needs_gpus = false;              // trials run on GPUs, and sbatch's environment asks for none
    std::int64_t tasks = 0;               // of a job array that shares the sweep; 0: one job
    std::filesystem::path executable;     // `overtake` itself
    std::filesystem::path specification;  // the TOML file
    std::filesystem::path folder;         // the sweep folder; Slurm's output goes there too
    std::filesystem::path work_folder;    // where the job starts, so that relative data folders mean the same
};

/// The text for sbatch: options sorted by name, then the section's `extra` options, its `setup` lines, the environment, and one
/// command. The script becomes the supervisor (exec), so it alone gets URG ahead of the time limit (--signal=B:) and requeues
/// itself. Same request, same bytes. Throws ConfigError with every value that can't stand in a script.
std::string render_batch_script(const BatchRequest& request);

/// `text` as one word of a POSIX shell, whatever is in it: within single quotes only a single quote is special.
std::string quoted_for_shell(std::string_view text);

}  // namespace overtake
