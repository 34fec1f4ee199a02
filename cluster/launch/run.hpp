// overtake run: from a TOML file to results.h5.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cluster/launch/sweep_view.hpp"
#include "cluster/slurm/command_runner.hpp"
#include "cluster/slurm/job.hpp"

namespace overtake {

struct RunRequest {
    std::filesystem::path sweep;              // TOML file or sweep folder
    std::filesystem::path folder;             // empty: sweep-<name>
    std::int64_t ranks = 0;                   // 0: the sweep's
    bool srun = false;                        // even outside what looks like a Slurm job
    std::string mpirun;                       // empty: mpirun, or srun inside Slurm
    bool quiet = false, report = false;
    bool batch = false;                       // a batch job: with work left it goes back into Slurm's queue
    std::optional<SlurmJob> job;              // the job that we are in
    CommandRunner* slurm = nullptr;           // nullptr: Slurm itself
    std::filesystem::path train;              // overtake-train; empty: beside the running program
    std::filesystem::path overtake;           // for `data` and `report`; empty: the running program
    std::chrono::milliseconds restart_delay{500};
    std::chrono::milliseconds patience{30'000};  // with what a dead supervisor left running
};

/// Returns an exit code of design 6. Throws ConfigError before anything is made, IoError if the sweep is being run already.
int run_sweep(const RunRequest& request);

/// overtake run SWEEP.toml [--in DIR] [--ranks N] [--srun] [--mpirun PATH] [--batch] [--quiet] [--report]
int run_verb(const std::vector<std::string>& arguments);

}  // namespace overtake
