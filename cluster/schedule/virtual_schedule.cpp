// The event loop of one schedule.
#include "cluster/schedule/virtual_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace overtake {

Children::Children(std::span<const PlannedStage> stages) : begin(stages.size() + 1, 0), list(stages.size()) {
    for (const PlannedStage& stage : stages) {
        begin[stage.parent == no_stage ? stages.size() : stage.parent + 1] += stage.parent == no_stage ? 0 : 1;
    }
    for (std::size_t i = 1; i < begin.size(); ++i) {
        begin[i] += begin[i - 1];
    }
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (stages[i].parent != no_stage) {
            list[next[stages[i].parent]++] = i;
        }
    }
}

double virtual_makespan_s(std::span<const PlannedStage> stages, const Children& children, const WidthPlan& plan, int ranks, double limit_s,
                          std::vector<Started>& started) {
    started.clear();
    RunningEnds ends;
    ReadyQueue ready(plan.order);
    int idle = ranks;
    double now_s = 0;
    const auto start = [&](std::size_t stage, int width, double seconds, double tolerance_s) {
        idle -= width;
        ends.emplace(now_s + seconds, RunningTeam{stage, width, tolerance_s});
    };
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const std::size_t parent = stages[i].parent;
        if (stages[i].running_width > 0) {
            start(i, stages[i].running_width, stages[i].seconds[0], stages[i].tolerance_s);
        } else if (stages[i].open && (parent == no_stage || (!stages[parent].open && stages[parent].running_width == 0))) {
            ready.insert(i);
        }
    }
    double held_until_s = INFINITY;
    while (true) {
        const double until_s = idle > 0 && !ready.empty() ? about_to_end_until(ends, now_s) : INFINITY;
        const bool held = std::isfinite(until_s) && now_s < std::min(held_until_s, until_s);
        held_until_s = held ? std::min(held_until_s, until_s) : INFINITY;
        if (idle > 0 && !ready.empty() && !held) {
            for (const TeamChoice& team : choose_teams(ready, stages, plan.widths, plan.path_s, ends, {now_s, idle}, plan.widen)) {
                ready.erase(team.stage);
                const double seconds = stages[team.stage].seconds_on(team.width);
                if (now_s + (team.width > plan.widths[team.stage] ? seconds : plan.path_s[team.stage]) > limit_s) {
                    return INFINITY;
                }
                start(team.stage, team.width, seconds, end_tolerance_s(seconds));
                started.push_back({team, now_s});
            }
        }
        if (ends.empty()) {
            return now_s;
        }
        now_s = ends.begin()->first;
        while (!ends.empty() && ends.begin()->first <= now_s) {
            const std::size_t stage = ends.begin()->second.stage;
            idle += ends.begin()->second.width;
            ends.erase(ends.begin());
            for (std::size_t at = children.begin[stage]; at < children.begin[stage + 1]; ++at) {
                if (stages[children.list[at]].open) {
                    ready.insert(children.list[at]);
                }
            }
        }
    }
}

}  // namespace overtake
