#include "runner/rank_facts.hpp"

#include <sched.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

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

/// Of the files that the doctor's mark lists, one a line.
std::vector<std::string> unseen_files(const std::filesystem::path& mark, bool& sees_mark) {
    std::ifstream files(mark);
    sees_mark = files.is_open();
    std::vector<std::string> unseen;
    for (std::string file; std::getline(files, file);) {
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored)) {
            unseen.push_back(file);
        }
    }
    return unseen;
}

/// In one write, or lines of several ranks may mix.
void print(const nlohmann::ordered_json& facts) {
    std::cout << facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" << std::flush;  // paths need not be UTF-8
}

}  // namespace

int print_rank_facts(int& argc, char**& argv, const std::filesystem::path& folder, bool nccl) {
    const MpiProbe mpi(argc, argv);
    const ProcessGroup world = ProcessGroup::world();
    const DeviceProbe devices = probe_devices(mpi.local_rank());
    bool sees_folder = false;
    const std::vector<std::string> unseen = unseen_files(folder / "doctor", sees_folder);
    barrier(world);
    const double clock_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    print({{"rank", world.rank()},
           {"size", world.size()},
           {"host", MpiEnvironment::host()},
           {"machine", first_line_of("/proc/sys/kernel/random/boot_id")},
           {"thread_level", mpi.thread_level()},
           {"clock_s", clock_s},
           {"mpi", MpiProbe::library()},
           {"cpus", cores_allowed()},
           {"sees_folder", sees_folder},
           {"unseen", unseen},
           {"with_cuda", devices.with_cuda},
           {"gpus", devices.devices},
           {"gpu", devices.device},
           {"driver", devices.driver},
           {"runtime", devices.runtime},
           {"nccl", devices.nccl}});
    if (nccl) {
        double without_gpu = devices.devices > 0 ? 0 : 1;
        all_reduce_max(world, std::span(&without_gpu, 1));  // all ranks sum, or none: one alone would wait for ever
        const bool made = without_gpu == 0;
        print({{"sums_of_rank", world.rank()}, {"made", made}, {"wrong", made ? check_device_sums(world, mpi.local_rank() % static_cast<int>(devices.devices)) : ""}});
    }
    return exit_code::done;
}

}  // namespace overtake
