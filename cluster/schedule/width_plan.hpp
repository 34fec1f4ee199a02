// How wide every stage shall run: widths that meet a target time, the target chosen by trying the schedule that follows from it.
#pragma once

#include <span>
#include <vector>

#include "cluster/schedule/list_schedule.hpp"

namespace overtake {

/// No schedule of these stages on `ranks` ranks ends sooner than either.
struct LowerBound {
    double work_s = 0;           // sum of each stage's smallest width x time (width 1, where width costs efficiency) over ranks
    double critical_path_s = 0;  // longest path, each stage on its best width
    /// The smallest T for which the work fits into ranks x T although each stage is as wide as the rest of its path demands of it:
    /// width w only if its time on w is at most T less the best times above and below. Never below the other two.
    double sharp_s = 0;
    double simple_s() const { return work_s > critical_path_s ? work_s : critical_path_s; }
};

LowerBound lower_bound(std::span<const PlannedStage> stages, int ranks);

struct WidthPlan {
    std::vector<int> widths;       // per stage, a power of two; 1 for those that aren't open
    std::vector<double> path_s;    // per stage: its own time at that width and the longest below it; 0 for what is over
    bool widen = true;             // whether ranks that nobody waits for shall widen teams
    double makespan_s = 0;         // of the list schedule, without messages
};

/// Moldable list scheduling. For a target T a stage's share of it is T times its best time over the longest path (at best widths) through
/// it, so that every path fits T; its width is the smallest that keeps within its share. The targets tried lie between a hundredth
/// and one and a half of the sharp bound; each is scheduled by choose_teams() in virtual time, and the shortest schedule wins; what is left of
/// the effort halves and doubles one width in sixteen of the best at random, from a fixed seed. Parents come before children.
WidthPlan plan_widths(std::span<const PlannedStage> stages, int ranks);

}  // namespace overtake
