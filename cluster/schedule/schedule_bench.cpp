// Hand-outs per second of the pure machine: Ready, Assign, Ended over a forest of trunks, cooldowns and evaluations.
#include <benchmark/benchmark.h>

#include "cluster/schedule/coordinator.hpp"

namespace overtake {
namespace {

/// `trunks` trunks of four segments, each with a cooldown and an evaluation: 12 stages a trunk.
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

void hand_out(benchmark::State& state) {
    const StageForest forest = forest_of(static_cast<int>(state.range(0)));
    const int ranks = static_cast<int>(state.range(1));
    std::size_t handed_out = 0;
    for (auto _ : state) {
        state.PauseTiming();
        Coordinator coordinator(forest, std::vector<StageStart>(forest.stages.size()), {.ranks = ranks});
        std::vector<std::pair<int, Assign>> work;
        const auto take = [&](const std::vector<Outgoing>& out) {
            for (const Outgoing& message : out) {
                if (const auto* assign = std::get_if<Assign>(&message.message); assign != nullptr && assign->team.front() == message.to) {
                    work.emplace_back(message.to, *assign);
                }
            }
        };
        state.ResumeTiming();
        for (int rank = 0; rank < ranks; ++rank) {
            take(coordinator.on_message(rank, Ready{}, 0));
        }
        for (std::size_t next = 0; next < work.size(); ++next) {
            const auto [rank, assign] = work[next];
            take(coordinator.on_message(rank, Ended{assign.stage, assign.attempt, StageOutcome::done, forest.stages[assign.stage].end_step, 1.0, ""}, 0));
            for (const int member : assign.team) {
                take(coordinator.on_message(member, Ready{}, 0));
            }
        }
        handed_out += work.size();
        benchmark::DoNotOptimize(coordinator.take_events());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(handed_out));
}

BENCHMARK(hand_out)->Args({100, 8})->Args({1000, 8})->Args({1000, 512})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace overtake
