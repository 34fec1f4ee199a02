// What becomes of a plan: its list schedule in virtual time, every stage taking what is predicted.
#pragma once

#include <span>
#include <vector>

#include "cluster/schedule/list_schedule.hpp"
#include "cluster/schedule/width_plan.hpp"

namespace overtake {

/// Children of every stage, one after the other in `list`, those of stage i from begin[i] to begin[i + 1].
struct Children {
    std::vector<std::size_t> begin, list;
    explicit Children(std::span<const PlannedStage> stages);
};

struct Started {
    TeamChoice team;
    double begin_s;
};

/// Seconds to the last end; infinity as soon as they are known to be more than `limit_s`. `started` gets the teams in the order of their starts.
double virtual_makespan_s(std::span<const PlannedStage> stages, const Children& children, const WidthPlan& plan, int ranks, double limit_s,
                          std::vector<Started>& started);

}  // namespace overtake
