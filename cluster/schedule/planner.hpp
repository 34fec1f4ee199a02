// How long a sweep will take on a number of ranks: a bound from below, and the coordinator's own schedule in virtual time.
#pragma once

#include <functional>
#include <vector>

#include "cluster/schedule/coordinator.hpp"
#include "cluster/schedule/lower_bound.hpp"

namespace overtake {

struct SchedulePrediction {
    double lower_bound_s = 0;        // no schedule can beat it: the larger of work over ranks and the longest critical path
    double makespan_s = 0;           // of the schedule that the coordinator would make
    double critical_path_s = 0;      // longest, each stage at its best width
    double work_s = 0;               // rank seconds at the least costly widths: 1 where width costs efficiency
    double utilisation = 0;          // work_s / (ranks * makespan_s), in [0, 1] when wide teams lose time
};

/// `start` as for the Coordinator; done stages cost nothing. `options.throughput.flops_per_second` is the calibration.
SchedulePrediction predict_schedule(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options);

/// Wall seconds of a stage from `step` to its end on a team of `width`.
using SecondsLeft = std::function<double(std::size_t stage, std::int64_t step, int width)>;

/// The same where stages take what `seconds_left` says, while the coordinator starts from its own assumptions and learns.
SchedulePrediction predict_schedule(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options,
                                    const SecondsLeft& seconds_left);

/// Makespan of the stages that aren't done, for `overtake plan`: overtake.cpp hands it to cluster/launch, which may not know this folder.
double predicted_makespan_s(const StageForest& forest, const std::vector<bool>& done, int ranks, int max_width,
                            const std::function<double(std::size_t stage, int width)>& seconds);

/// Stages as bounds and plans see them; those that aren't `open` take no time.
std::vector<PlannedStage> planned_stages(const StageForest& forest, const std::vector<bool>& open, const std::vector<StageStart>& start,
                                         const CoordinatorOptions& options, const SecondsLeft& seconds_left);

}  // namespace overtake
