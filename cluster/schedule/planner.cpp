// Bound and simulated makespan of a sweep.
#include "cluster/schedule/planner.hpp"

#include <algorithm>
#include <bit>
#include <string_view>
#include <unordered_map>

#include "cluster/schedule/simulated_cluster.hpp"

namespace overtake {

std::vector<PlannedStage> planned_stages(const StageForest& forest, const std::vector<bool>& open, const std::vector<StageStart>& start,
                                         const CoordinatorOptions& options, const SecondsLeft& seconds_left) {
    std::unordered_map<std::string_view, std::size_t> by_id;
    std::vector<PlannedStage> stages(forest.stages.size());
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const Stage& work = forest.stages[i];
        by_id.emplace(work.id, i);
        stages[i].parent = work.parent.empty() ? no_stage : by_id.at(work.parent);
        stages[i].open = open[i];
        stages[i].doublings = std::countr_zero(static_cast<unsigned>(widest_team(work, options)));
        const std::int64_t step = i < start.size() ? std::max(start[i].step, work.begin_step) : work.begin_step;
        for (int k = 0; open[i] && k <= stages[i].doublings; ++k) {
            stages[i].seconds[static_cast<std::size_t>(k)] = seconds_left(i, step, 1 << k);
        }
    }
    return stages;
}

SchedulePrediction predict_schedule(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options) {
    const ThroughputModel model(forest, options.throughput);
    return predict_schedule(forest, start, options, [&](std::size_t stage, std::int64_t step, int width) { return model.seconds_left(stage, step, width); });
}

SchedulePrediction predict_schedule(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options,
                                    const SecondsLeft& seconds_left) {
    SimulationOptions simulation;
    simulation.seconds_left = seconds_left;
    simulation.message_seconds = 0;
    const SimulatedRun run = simulate(forest, start, options, simulation);
    std::vector<bool> ran(forest.stages.size(), false);
    for (const SimulatedAttempt& attempt : run.attempts) {
        ran[attempt.stage] = true;
    }
    const LowerBound bound = lower_bound(planned_stages(forest, ran, start, options, seconds_left), options.ranks);
    SchedulePrediction prediction;
    prediction.makespan_s = run.makespan_s;
    prediction.work_s = bound.work_s * options.ranks;
    prediction.critical_path_s = bound.critical_path_s;
    prediction.lower_bound_s = bound.simple_s();
    prediction.utilisation = prediction.makespan_s > 0 ? bound.work_s / prediction.makespan_s : 0;
    return prediction;
}

double predicted_makespan_s(const StageForest& forest, const std::vector<bool>& done, int ranks, int max_width,
                            const std::function<double(std::size_t stage, int width)>& seconds) {
    std::vector<StageStart> start(forest.stages.size());
    for (std::size_t i = 0; i < start.size(); ++i) {
        start[i] = {.done = done[i], .succeeded = done[i], .has_state = true};
    }
    return predict_schedule(forest, start, {.ranks = ranks, .max_width = max_width},
                            [&](std::size_t stage, std::int64_t, int width) { return seconds(stage, width); })
        .makespan_s;
}

}  // namespace overtake
