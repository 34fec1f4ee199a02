#include "runner/rank_facts.hpp"

#include <sched.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <span>

#include <nlohmann/json.hpp>

#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/site_probe.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

std::string first_line_of(const char* file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

int cores_allowed() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

}  // namespace

int print_rank_facts(int& argc, char**& argv, const std::filesystem::path& folder, bool nccl) {
    const MpiProbe mpi(argc, argv);
    const ProcessGroup world = ProcessGroup::world();
    const DeviceProbe devices = probe_devices(mpi.local_rank());
    std::string reductions;
    if (nccl) {
        double without_gpu = devices.devices > 0 ? 0 : 1;
        reductions = without_gpu > 0 ? "no GPU" : "";
        all_reduce_max(world, std::span(&without_gpu, 1));  // all ranks sum, or none: one alone would wait for ever
        if (without_gpu == 0) {
            reductions = check_device_sums(world, mpi.local_rank() % static_cast<int>(devices.devices));
        }
    }
    barrier(world);
    const double clock_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    std::error_code ignored;
    const nlohmann::ordered_json facts{{"rank", world.rank()},
                                       {"size", world.size()},
                                       {"host", MpiEnvironment::host()},
                                       {"machine", first_line_of("/proc/sys/kernel/random/boot_id")},
                                       {"thread_level", mpi.thread_level()},
                                       {"clock_s", clock_s},
                                       {"mpi", MpiProbe::library()},
                                       {"cpus", cores_allowed()},
                                       {"sees_folder", std::filesystem::exists(folder / "doctor", ignored)},
                                       {"with_cuda", devices.with_cuda},
                                       {"gpus", devices.devices},
                                       {"gpu", devices.device},
                                       {"driver", devices.driver},
                                       {"runtime", devices.runtime},
                                       {"nccl", devices.nccl},
                                       {"reductions", reductions}};
    std::cout << facts.dump() + "\n" << std::flush;
    return exit_code::done;
}

}  // namespace overtake
