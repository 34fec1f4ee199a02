// overtake-train: the MPI program. Users don't call it by hand: `overtake run`, `inspect` and `bench` do.
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <sys/prctl.h>

#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/process_group.hpp"
#include "runner/coordinator_thread.hpp"
#include "runner/inspect.hpp"
#include "runner/position_bench.hpp"
#include "runner/rank_facts.hpp"
#include "runner/records.hpp"
#include "runner/step_bench.hpp"
#include "runner/told_to_stop.hpp"
#include "runner/worker.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/patience.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {
namespace {

struct Arguments {
    std::string folder, member, life;
    int ranks = 0;
    bool supervised = false;
    std::string bench, bench_position, inspect;
    bool json = false, doctor = false, nccl = false;
};

/// The sweep's text, read by rank 0 and sent to all, so that every rank grows the same forest.
std::string shared_text(const ProcessGroup& world, const SweepFolder& folder) {
    std::string text;
    if (world.rank() == 0) {
        std::ifstream file(folder.specification(), std::ios::binary);
        std::ostringstream content;
        content << file.rdbuf();
        text = content.str();
    }
    auto size = static_cast<std::uint64_t>(text.size());
    broadcast(world, std::as_writable_bytes(std::span(&size, 1)), 0);
    if (size == 0) {
        throw IoError("cannot read '" + folder.specification().string() + "' (absent or empty); start sweeps with `overtake run`");
    }
    text.resize(size);
    broadcast(world, std::as_writable_bytes(std::span(text)), 0);
    return text;
}

int run_sweep(const Arguments& arguments) {
    const ProcessGroup world = ProcessGroup::world();
    set_speaker("rank " + std::to_string(world.rank()) + "/" + std::to_string(world.size()) + " on " + MpiEnvironment::host());
    if (arguments.supervised) {
        heed_stop_signals();
    }
    if (arguments.ranks > 0 && arguments.ranks != world.size()) {
        throw std::runtime_error("asked for " + std::to_string(arguments.ranks) + " ranks but MPI started " + std::to_string(world.size()) +
                                 (world.size() == 1 ? " (each process believes to be alone: the launcher and the MPI library don't match); "
                                                      "inside Slurm use srun --mpi=pmix, elsewhere the mpirun of the same MPI"
                                                    : " (the launcher's count differs); check the launch line"));
    }
    const SweepFolder folder{arguments.folder, arguments.member, arguments.life};
    const Specification specification =
        parse_specification(shared_text(world, folder), folder.specification().string(), data_of(folder));
    const StageForest forest = grow_forest(specification.trials);
    const ProcessGroup transport = world.duplicate();
    Worker worker(folder, specification, forest, world, WorkerEnd(transport));
    std::thread coordinator;
    if (world.rank() == 0) {
        coordinator = std::thread([&] {
            try {
                run_coordinator(folder, specification, forest, CoordinatorEnd(transport),
                                {.ranks = world.size(),
                                 .hang_after_s = patience_seconds(std::getenv("OVERTAKE_HANG_SECONDS"), default_hang_s),
                                 .lease_patience_s = patience_seconds(std::getenv("OVERTAKE_LEASE_SECONDS"), default_lease_s),
                                 .supervised = arguments.supervised});
            } catch (const std::exception& error) {
                if (dynamic_cast<const IoError*>(&error) != nullptr) {
                    print(RefusedLine{error.what()});
                }
                say(std::string("the coordinator can't go on: ") + error.what());
                MpiEnvironment::abort(exit_code::unexpected);
            }
        });
    }
    worker.run();
    if (coordinator.joinable()) {
        coordinator.join();
    }
    barrier(world);
    return exit_code::done;
}

int main_in_mpi(const Arguments& arguments) {
    try {
        return run_sweep(arguments);
    } catch (const ConfigError& error) {
        for (const Problem& problem : error.problems()) {
            say("error: " + to_string(problem));
        }
        MpiEnvironment::abort(exit_code::usage);
    } catch (const std::exception& error) {
        say(std::string("error: ") + error.what());
        MpiEnvironment::abort(exit_code::unexpected);
    }
}

/// What one process does for itself, without MPI.
int main_alone(const Arguments& arguments) {
    try {
        return !arguments.bench.empty()            ? run_step_bench(arguments.bench)
               : !arguments.bench_position.empty() ? run_position_bench(arguments.bench_position, arguments.json)
                                                   : run_inspect(arguments.inspect, arguments.json);
    } catch (const ConfigError& error) {
        for (const Problem& problem : error.problems()) {
            std::cerr << "overtake: error: " << to_string(problem) << '\n';
        }
        return exit_code::usage;
    } catch (const std::exception& error) {
        const std::string_view words = error.what();
        std::cerr << "overtake: error: " << words.substr(0, words.find('\n')) << '\n';  // LibTorch appends a stack trace
        return exit_code::unexpected;
    }
}

}  // namespace
}  // namespace overtake

int main(int argc, char** argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // the launcher's death is ours: nobody else would tell ranks of a killed mpirun
    std::signal(SIGPIPE, SIG_IGN);
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);  // what cuBLAS needs to be reproducible

    overtake::Arguments arguments;
    CLI::App app("The MPI program of overtake; started by `overtake run`");
    app.add_option("folder", arguments.folder, "sweep folder");
    app.add_option("--member", arguments.member, "which task of a job array this is");
    app.add_option("--life", arguments.life, "Slurm's job and restart count, in the names of the files between the supervisor and us");
    app.add_option("--ranks", arguments.ranks, "ranks that were asked for");
    app.add_flag("--supervised", arguments.supervised, "standard input is the supervisor's pipe");
    app.add_option("--bench", arguments.bench, "time training steps of layers,width,heads,length,batch,precision[,scheme[,device]]");
    app.add_option("--inspect", arguments.inspect, "say what a position scheme has: a request as INSPECT.md describes it");
    app.add_option("--bench-position", arguments.bench_position, "time position schemes against rope: a request as INSPECT.md describes it");
    app.add_flag("--json", arguments.json, "with --inspect and --bench-position: one JSON object");
    app.add_flag("--doctor", arguments.doctor, "print what this rank finds here, as one JSON object; the folder holds the mark 'doctor'");
    app.add_flag("--nccl", arguments.nccl, "with --doctor: prove NCCL's sums too");
    CLI11_PARSE(app, argc, argv);
    if (!arguments.folder.empty() + !arguments.bench.empty() + !arguments.bench_position.empty() + !arguments.inspect.empty() != 1) {
        std::cerr << "overtake-train: error: give one of a sweep folder, --bench, --bench-position and --inspect; see --help\n";
        return overtake::exit_code::usage;
    }
    if (arguments.folder.empty()) {
        return overtake::main_alone(arguments);
    }
    try {
        if (arguments.doctor) {
            return overtake::print_rank_facts(argc, argv, arguments.folder, arguments.nccl);
        }
        overtake::MpiEnvironment mpi(argc, argv);
        return overtake::main_in_mpi(arguments);
    } catch (const std::exception& error) {
        std::cerr << "overtake-train: error: " << error.what() << '\n';
        return overtake::exit_code::unexpected;
    }
}
