// How wide every stage shall run, and in which order they start: a search over schedules in virtual time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/schedule/list_schedule.hpp"

namespace overtake {

struct WidthPlan {
    std::vector<int> widths;           // per stage, a power of two; 1 for those that aren't open
    std::vector<double> path_s;        // per stage: its own time at that width and the longest below it; 0 for what is over
    std::vector<std::uint32_t> order;  // all stages, the first to start first
    bool widen = true;                 // whether ranks that nobody waits for shall widen teams
    double makespan_s = 0;             // of the list schedule, without messages
};

/// How much a plan may cost: it ends when so many stages were placed (those of thousands count more) or schedules tried, two at least, or near a
/// bound. As given: at most 100 ms.
struct PlanEffort {
    std::size_t stages_placed = 350'000;
    std::size_t schedules = 3'000;
};

/// Moldable list scheduling. For a target T a stage's share of it is T times its best time over the longest path (at best widths) through
/// it, so that every path fits T; its width is the smallest that keeps within its share. The targets tried lie between a hundredth
/// and one and a half of a bound from below. Then widths are drawn, from a fixed seed, for each kind of stages (those that take the same
/// times), anew or as in the best draw but for some kinds; at last single stages' widths and places in the order are changed. Each is scheduled by
/// choose_teams() in virtual time, and the shortest schedule wins; the plan says its widths and its order, so that the same schedule follows
/// again. `previous`, a plan of the same stages, is tried first. Parents come before children.
WidthPlan plan_widths(std::span<const PlannedStage> stages, int ranks, const PlanEffort& effort = {}, const WidthPlan* previous = nullptr);

}  // namespace overtake
