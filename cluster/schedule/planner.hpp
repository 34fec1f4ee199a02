// How long a sweep will take on a number of ranks: a bound from below, and the coordinator's own schedule in virtual time.
#pragma once

#include <vector>

#include "cluster/schedule/coordinator.hpp"

namespace overtake {

struct SchedulePrediction {
    double lower_bound_s = 0;        // no schedule can beat it: the larger of work over ranks and the longest critical path
    double makespan_s = 0;           // of the schedule that the coordinator would make
    double critical_path_s = 0;      // longest, each stage at its best width
    double work_s = 0;               // rank seconds at width 1
    double utilisation = 0;          // work_s / (ranks * makespan_s), in [0, 1] when wide teams lose time
};

/// `start` as for the Coordinator; done stages cost nothing. `options.throughput.flops_per_second` is the calibration.
SchedulePrediction predict_schedule(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options);

}  // namespace overtake
