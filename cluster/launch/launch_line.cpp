// mpirun outside Slurm, srun inside.
#include "cluster/launch/launch_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "sweeps/errors.hpp"

namespace overtake {

std::filesystem::path train_program(const std::filesystem::path& given) {
    std::filesystem::path program = given.empty() ? sibling_binary("overtake-train") : given;
    if (!std::filesystem::exists(program)) {
        throw IoError("cannot find '" + program.string() +
                      "' (this build has no LibTorch or MPI); build the preset cpu or cuda, or run where it is installed");
    }
    return program;
}

LaunchSettings settings_from_here() {
    LaunchSettings settings;
    settings.root = geteuid() == 0;
    settings.cores = std::max(1u, std::thread::hardware_concurrency());
    settings.srun = std::getenv("SLURM_JOB_ID") != nullptr;
    const char* cpus = std::getenv("SLURM_CPUS_PER_TASK");
    settings.cpus_per_task = cpus == nullptr ? "" : cpus;
    return settings;
}

ProcessRequest launch_line(const LaunchSettings& settings) {
    ProcessRequest request;
    const std::string ranks = std::to_string(settings.ranks);
    if (settings.srun) {
        request.arguments = {"srun", "--mpi=pmix", "-n", ranks};
        if (!settings.cpus_per_task.empty()) {
            request.arguments.push_back("--cpus-per-task=" + settings.cpus_per_task);
        }
        if (settings.gpus) {
            request.arguments.emplace_back("--gpu-bind=none");
        }
    } else {
        request.arguments = {settings.mpirun, "-n", ranks, "--oversubscribe", "--bind-to", "none"};
    }
    for (const std::string& word : {settings.train.string(), settings.folder.string(), std::string("--ranks"), ranks, std::string("--supervised")}) {
        request.arguments.push_back(word);
    }
    for (const auto& [name, value] : {std::pair("--member", settings.member), std::pair("--life", settings.life)}) {
        if (!value.empty()) {
            request.arguments.insert(request.arguments.end(), {name, value});
        }
    }
    request.environment = {{"OMP_NUM_THREADS", std::to_string(settings.threads)}};
    if (settings.root) {
        request.environment.emplace_back("OMPI_ALLOW_RUN_AS_ROOT", "1");
        request.environment.emplace_back("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    }
    if (!settings.srun) {
        request.environment.emplace_back("OMPI_MCA_odls_base_sigkill_timeout", "0");  // ranks heed SIGTERM: mpirun, when one died, is not to wait for the others
    }
    if (settings.ranks * settings.threads > settings.cores) {
        request.environment.emplace_back("OMPI_MCA_mpi_yield_when_idle", "1");
    }
    request.pipe_input = true;
    request.pipe_output = true;
    request.own_group = true;
    return request;
}

}  // namespace overtake
