// Hand-outs per second over MPI: the coordinator on a thread of rank 0, every rank a worker whose stages take no time.
// Usage: mpirun -n RANKS handout_bench [ROUNDS [TRUNKS]]. Prints one line a round and the median; run lines are formed but not written.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "cluster/comm/mpi_environment.hpp"
#include "runner/transport.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {
namespace {

using Clock = std::chrono::steady_clock;

/// Trunks of four segments, each with a cooldown and an evaluation: 12 stages a trunk.
StageForest forest_of(int trunks) {
    StageForest forest;
    const auto add = [&](const std::string& parent, StageKind kind, std::int64_t begin, std::int64_t end) {
        Stage stage;
        stage.id = std::to_string(forest.stages.size());
        stage.parent = parent;
        stage.kind = kind;
        stage.begin_step = begin;
        stage.end_step = end;
        stage.tokens = 1000;
        stage.flops = 1e9 * static_cast<double>(1 + forest.stages.size() % 97);
        forest.stages.push_back(stage);
        return stage.id;
    };
    for (int trunk = 0; trunk < trunks; ++trunk) {
        std::string parent;
        for (int segment = 0; segment < 4; ++segment) {
            parent = add(parent, StageKind::train, 100 * segment, 100 * (segment + 1));
            add(add(parent, StageKind::cooldown, 100 * (segment + 1), 100 * (segment + 1) + 20), StageKind::evaluate, 0, 0);
        }
    }
    return forest;
}

void work(const WorkerEnd& coordinator, const StageForest& forest) {
    coordinator.send(Ready{});
    while (true) {
        for (const ToWorker& message : coordinator.receive(std::chrono::milliseconds(100))) {
            if (const auto* assign = std::get_if<Assign>(&message)) {
                const std::vector<ToCoordinator> over{
                    Ended{assign->stage, assign->attempt, StageOutcome::done, forest.stages[assign->stage].end_step, 1.0, ""}, Ready{}};
                coordinator.send(over);
            } else if (std::holds_alternative<Leave>(message)) {
                return;
            }
        }
    }
}

/// Hand-outs until all have left; `length` of all run lines, so that nobody leaves them out.
std::size_t coordinate(const CoordinatorEnd& workers, const StageForest& forest, int ranks, std::size_t& length) {
    Coordinator coordinator(forest, std::vector<StageStart>(forest.stages.size()), {.ranks = ranks, .max_width = 1});
    const auto began = Clock::now();
    std::size_t handed_out = 0;
    while (!coordinator.finished()) {
        std::vector<Outgoing> answers;
        for (const auto& [from, message] : workers.receive(std::chrono::milliseconds(50))) {
            const double now_s = std::chrono::duration<double>(Clock::now() - began).count();
            std::ranges::move(coordinator.on_message(from, message, now_s), std::back_inserter(answers));
        }
        workers.send(answers);
        for (const CoordinatorEvent& event : coordinator.take_events()) {
            const bool begins = event.kind == CoordinatorEvent::Kind::assigned;
            const std::string& id = forest.stages[event.stage].id;
            length += (begins ? to_line(AssignedLine{id, event.step, event.team}) : to_line(EndedLine{id, event.detail, event.step, ""})).size();
            handed_out += begins;
        }
    }
    return handed_out;
}

void run(int rounds, int trunks) {
    const ProcessGroup world = ProcessGroup::world(), transport = world.duplicate();
    const StageForest forest = forest_of(trunks);
    std::vector<double> rates;
    for (int round = 0; round < rounds; ++round) {
        barrier(world);
        std::size_t handed_out = 0, length = 0;
        const auto began = Clock::now();
        std::thread coordinator;
        if (world.rank() == 0) {
            coordinator = std::thread([&] { handed_out = coordinate(CoordinatorEnd(transport), forest, world.size(), length); });
        }
        work(WorkerEnd(transport), forest);
        if (coordinator.joinable()) {
            coordinator.join();
            rates.push_back(static_cast<double>(handed_out) / std::chrono::duration<double>(Clock::now() - began).count());
            std::printf("round %d: %zu hand-outs, %zu bytes of run lines, %.0f per second\n", round + 1, handed_out, length, rates.back());
        }
    }
    if (!rates.empty()) {
        std::nth_element(rates.begin(), rates.begin() + rounds / 2, rates.end());
        std::printf("%d ranks: median of %d rounds %.0f hand-outs per second\n", world.size(), rounds, rates[static_cast<std::size_t>(rounds / 2)]);
    }
}

}  // namespace
}  // namespace overtake

int main(int argc, char** argv) {
    overtake::MpiEnvironment environment(argc, argv);
    overtake::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5, argc > 2 ? std::max(1, std::atoi(argv[2])) : 1000);
}
