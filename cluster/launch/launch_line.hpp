// The command that starts the MPI program, and its environment. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cluster/launch/process.hpp"

namespace overtake {

struct LaunchSettings {
    std::filesystem::path train;        // overtake-train
    std::filesystem::path folder;       // sweep folder
    std::string member, life;           // as in SweepFolder; what is empty is not passed on
    std::int64_t ranks = 1;
    std::int64_t threads = 1;           // per rank
    std::string mpirun = "mpirun";
    bool srun = false;                  // inside Slurm
    bool gpus = false;                  // the sweep wants them
    bool root = false;                  // Open MPI refuses root unless told twice
    std::int64_t cores = 1;             // of this machine
    std::string cpus_per_task;          // SLURM_CPUS_PER_TASK, which srun does not inherit from sbatch since Slurm 22.05
};

/// The program with LibTorch and MPI: `given`, or if that is empty overtake-train beside the running one. Throws IoError if there is none.
std::filesystem::path train_program(const std::filesystem::path& given = {});

/// Answers the settings of this process: root, cores, and srun if it is inside a Slurm allocation.
LaunchSettings settings_from_here();

/// Each rank sees all GPUs of its host (--gpu-bind=none), lest NCCL lose peer access; it takes the one of its number among the host's ranks.
/// mpirun -n N --oversubscribe --bind-to none TRAIN FOLDER --ranks N --supervised, or srun --mpi=pmix -n N ...; never --enable-recovery,
/// with which collectives hang and mpirun answers 0 after a death.
ProcessRequest launch_line(const LaunchSettings& settings);

}  // namespace overtake
