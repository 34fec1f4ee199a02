// Bound and simulated makespan of a sweep.
#include "cluster/schedule/planner.hpp"

#include <algorithm>
#include <map>

#include "cluster/schedule/simulated_cluster.hpp"

namespace overtake {

SchedulePrediction predict_schedule(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options) {
    const ThroughputModel model(forest, options.throughput);
    std::vector<std::size_t> runs_of(forest.stages.size(), 0);
    SimulationOptions simulation;
    simulation.seconds_left = [&](std::size_t stage, std::int64_t step, int width) { return model.seconds_left(stage, step, width); };
    simulation.message_seconds = 0;
    const SimulatedRun run = simulate(forest, start, options, simulation);
    for (const SimulatedAttempt& attempt : run.attempts) {
        runs_of[attempt.stage] += 1;
    }

    SchedulePrediction prediction;
    prediction.makespan_s = run.makespan_s;
    std::vector<double> path_s(forest.stages.size(), 0);
    std::map<std::string_view, std::size_t> by_id;
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const Stage& stage = forest.stages[i];
        by_id.emplace(stage.id, i);
        path_s[i] = stage.parent.empty() ? 0 : path_s[by_id.at(stage.parent)];
        if (runs_of[i] > 0) {
            const std::int64_t step = i < start.size() ? std::max(start[i].step, stage.begin_step) : stage.begin_step;
            double best_s = model.seconds_left(i, step, 1);
            prediction.work_s += best_s;
            for (int width = 2; width <= widest_team(stage, options); width *= 2) {
                best_s = std::min(best_s, model.seconds_left(i, step, width));
            }
            path_s[i] += best_s;
        }
        prediction.critical_path_s = std::max(prediction.critical_path_s, path_s[i]);
    }
    prediction.lower_bound_s = std::max(prediction.critical_path_s, prediction.work_s / options.ranks);
    prediction.utilisation = prediction.makespan_s > 0 ? prediction.work_s / (options.ranks * prediction.makespan_s) : 0;
    return prediction;
}

}  // namespace overtake
