// What no schedule can beat: work over ranks, longest paths, and a sharp bound that joins both with how stages pack on ranks.
#pragma once

#include <span>

#include "cluster/schedule/list_schedule.hpp"

namespace overtake {

/// No schedule of these stages on `ranks` ranks ends sooner than any of them.
struct LowerBound {
    double work_s = 0;           // sum of each stage's smallest width x time (width 1, where width costs efficiency) over ranks
    double critical_path_s = 0;  // longest path, each stage on its best width
    /// The largest time that was proven too short (README.md, "The sharp bound"): for stages that run in one go on one team, of a power of
    /// two of ranks. Never below the other two.
    double sharp_s = 0;
    double simple_s() const { return work_s > critical_path_s ? work_s : critical_path_s; }
};

/// Parents come before children. Takes about a millisecond per hundred stages, less if many trees are alike.
LowerBound lower_bound(std::span<const PlannedStage> stages, int ranks);

/// Best times of every stage's path, each stage at its quickest width: above it, and from it down.
struct BestPaths {
    std::vector<double> above_s, down_s;
    explicit BestPaths(std::span<const PlannedStage> stages);
};

/// Of one stage: what is left of it at its quickest width, or on its team if it runs.
double best_seconds_left(const PlannedStage& stage);

}  // namespace overtake
