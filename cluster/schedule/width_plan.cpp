// Targets, widths that meet them, and the schedules that follow.
#include "cluster/schedule/width_plan.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <random>

namespace overtake {

namespace {

constexpr double good_enough = 1.004;       // of the sharp bound: no further target is tried
constexpr std::size_t stages_to_try = 60'000;  // schedules are tried until so many stages were placed, and two at least
constexpr std::size_t most_tries = 160;         // schedules of one plan; fewer for a few stages
constexpr double short_tail = 0.003;        // of the makespan: paths so short can't spoil a schedule of single ranks

/// Best times of every stage's path: above it, and from it down.
struct Paths {
    std::vector<double> above_s, down_s;
};

double best_left(const PlannedStage& stage) { return stage.running_width > 0 ? stage.seconds[0] : stage.open ? stage.best_seconds() : 0; }

Paths best_paths(std::span<const PlannedStage> stages) {
    Paths paths{std::vector<double>(stages.size(), 0), std::vector<double>(stages.size(), 0)};
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (const std::size_t parent = stages[i].parent; parent != no_stage) {
            paths.above_s[i] = paths.above_s[parent] + best_left(stages[parent]);
        }
    }
    for (std::size_t i = stages.size(); i-- > 0;) {
        paths.down_s[i] += best_left(stages[i]);
        if (const std::size_t parent = stages[i].parent; parent != no_stage) {
            paths.down_s[parent] = std::max(paths.down_s[parent], paths.down_s[i]);
        }
    }
    return paths;
}

/// The smallest width that takes at most `limit_s`; the quickest if none does.
int narrowest_within(const PlannedStage& stage, double limit_s) {
    int quickest = 0;
    for (int k = 0; k <= stage.doublings; ++k) {
        if (stage.seconds[static_cast<std::size_t>(k)] <= limit_s) {
            return 1 << k;
        }
        quickest = stage.seconds[static_cast<std::size_t>(k)] < stage.seconds[static_cast<std::size_t>(quickest)] ? k : quickest;
    }
    return 1 << quickest;
}

double area_at(std::span<const PlannedStage> stages, const Paths& paths, double target_s) {
    double area = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (stages[i].running_width > 0) {
            area += stages[i].running_width * stages[i].seconds[0];
        } else if (stages[i].open) {
            const double others_s = paths.above_s[i] + paths.down_s[i] - best_left(stages[i]);
            const int width = narrowest_within(stages[i], (target_s - others_s) * (1 + 1e-12));
            area += width * stages[i].seconds_on(width);
        }
    }
    return area;
}

LowerBound bound_of(std::span<const PlannedStage> stages, const Paths& paths, int ranks) {
    LowerBound bound;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const PlannedStage& stage = stages[i];
        bound.work_s += (stage.running_width > 0 ? stage.running_width * stage.seconds[0] : stage.open ? stage.least_area() : 0) / ranks;
        bound.critical_path_s = std::max(bound.critical_path_s, paths.above_s[i] + paths.down_s[i]);
    }
    double low = bound.simple_s(), high = low;
    while (high > 0 && area_at(stages, paths, high) > ranks * high) {
        low = std::exchange(high, 1.5 * high);
    }
    while (high - low > 1e-4 * high) {
        const double middle = (low + high) / 2;
        (area_at(stages, paths, middle) > ranks * middle ? low : high) = middle;
    }
    bound.sharp_s = low;  // low is proven, high isn't
    return bound;
}

std::vector<int> widths_for(std::span<const PlannedStage> stages, const Paths& paths, double target_s) {
    std::vector<int> widths(stages.size(), 1);
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (stages[i].open) {
            const double best_s = best_left(stages[i]);
            const double through_s = paths.above_s[i] + paths.down_s[i];
            widths[i] = narrowest_within(stages[i], std::max(best_s, target_s * best_s / through_s) * (1 + 1e-12));
        }
    }
    return widths;
}

std::vector<double> paths_at(std::span<const PlannedStage> stages, std::span<const int> widths) {
    std::vector<double> path_s(stages.size(), 0);
    for (std::size_t i = stages.size(); i-- > 0;) {
        path_s[i] += stages[i].running_width > 0 ? stages[i].seconds[0] : stages[i].open ? stages[i].seconds_on(widths[i]) : 0;
        if (const std::size_t parent = stages[i].parent; parent != no_stage) {
            path_s[parent] = std::max(path_s[parent], path_s[i]);
        }
    }
    return path_s;
}

/// Children of every stage, one after the other in `list`, those of stage i from begin[i] to begin[i + 1].
struct Children {
    std::vector<std::size_t> begin, list;
    explicit Children(std::span<const PlannedStage> stages) : begin(stages.size() + 1, 0), list(stages.size()) {
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
};

/// The list schedule in virtual time; infinity as soon as it can't beat `best_s`.
double makespan(std::span<const PlannedStage> stages, const Children& children, const WidthPlan& plan, int ranks, double best_s) {
    using End = std::pair<double, std::size_t>;
    std::priority_queue<End, std::vector<End>, std::greater<>> running;
    RunningEnds ends;
    std::vector<int> width_of(stages.size(), 0);
    ReadyQueue ready;
    int idle = ranks;
    double now_s = 0;
    const auto start = [&](std::size_t stage, int width, double seconds) {
        width_of[stage] = width;
        idle -= width;
        running.emplace(now_s + seconds, stage);
        ends.emplace(now_s + seconds, width);
    };
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const std::size_t parent = stages[i].parent;
        if (stages[i].running_width > 0) {
            start(i, stages[i].running_width, stages[i].seconds[0]);
        } else if (stages[i].open && (parent == no_stage || (!stages[parent].open && stages[parent].running_width == 0))) {
            ready.emplace(-plan.path_s[i], i);
        }
    }
    while (true) {
        if (idle > 0 && !ready.empty()) {
            for (const TeamChoice& team : choose_teams(ready, stages, plan.widths, ends, {now_s, idle, 0}, plan.widen)) {
                ready.erase({-plan.path_s[team.stage], team.stage});
                if (now_s + plan.path_s[team.stage] >= best_s && team.width <= plan.widths[team.stage]) {
                    return INFINITY;
                }
                start(team.stage, team.width, stages[team.stage].seconds_on(team.width));
            }
        }
        if (running.empty()) {
            return now_s;
        }
        now_s = running.top().first;
        while (!running.empty() && running.top().first <= now_s) {
            const std::size_t stage = running.top().second;
            running.pop();
            ends.erase(ends.begin());
            idle += width_of[stage];
            for (std::size_t at = children.begin[stage]; at < children.begin[stage + 1]; ++at) {
                if (stages[children.list[at]].open) {
                    ready.emplace(-plan.path_s[children.list[at]], children.list[at]);
                }
            }
        }
    }
}

struct Target {
    double stretch;  // of the sharp bound
    bool widen;
};

/// The likeliest first, then a ladder. Below 1 the longest paths run at their best widths all the same, and the others, shorter than they
/// need be, pack better at the price of their efficiency.
const std::vector<Target>& targets() {
    static const std::vector<Target> ladder = [] {
        std::vector<Target> list{{0.25, true}, {1.003, true}, {0.5, true}, {0.125, true}, {1.05, true}, {1.003, false}, {0.06, true}, {1.2, true}};
        for (double stretch = 1.5; stretch > 0.01; stretch *= 0.7) {
            list.push_back({stretch, true});
            list.push_back({stretch, false});
        }
        return list;
    }();
    return ladder;
}

}  // namespace

LowerBound lower_bound(std::span<const PlannedStage> stages, int ranks) { return bound_of(stages, best_paths(stages), ranks); }

WidthPlan plan_widths(std::span<const PlannedStage> stages, int ranks) {
    WidthPlan best;
    best.widths.assign(stages.size(), 1);
    best.path_s = paths_at(stages, best.widths);
    const auto open = static_cast<std::size_t>(std::count_if(stages.begin(), stages.end(), [](const PlannedStage& stage) { return stage.open; }));
    const double longest_s = stages.empty() ? 0 : *std::max_element(best.path_s.begin(), best.path_s.end());
    const Paths paths = best_paths(stages);
    double work_s = 0;
    for (const PlannedStage& stage : stages) {
        work_s += (stage.running_width > 0 ? stage.running_width : stage.open ? 1 : 0) * stage.seconds[0] / ranks;
    }
    best.makespan_s = work_s + longest_s;
    if (open == 0 || longest_s <= short_tail * work_s) {
        return best;
    }
    const double bound_s = bound_of(stages, paths, ranks).sharp_s;
    const Children children(stages);
    best.makespan_s = INFINITY;
    std::size_t placed = 0, tried = 0;
    const auto enough = [&] { return best.makespan_s <= good_enough * bound_s || (tried >= 2 && (placed >= stages_to_try || tried >= std::min(most_tries, 4 + open / 2))); };
    const auto try_widths = [&](std::vector<int> widths, bool widen) {
        WidthPlan plan;
        plan.widths = std::move(widths);
        plan.path_s = paths_at(stages, plan.widths);
        plan.widen = widen;
        plan.makespan_s = makespan(stages, children, plan, ranks, best.makespan_s);
        if (plan.makespan_s < best.makespan_s) {
            best = std::move(plan);
        }
        placed += open;
        ++tried;
    };
    for (const auto& [stretch, widen] : targets()) {
        if (enough()) {
            return best;
        }
        try_widths(widths_for(stages, paths, stretch * bound_s), widen);
    }
    std::minstd_rand random(1);
    while (!enough()) {
        std::vector<int> widths = best.widths;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const auto drawn = stages[i].open ? random() % 32 : 1;
            const bool can_halve = widths[i] > 1 && stages[i].seconds_on(widths[i] / 2) < 2.5 * stages[i].seconds_on(widths[i]);
            widths[i] = drawn == 0 && can_halve ? widths[i] / 2 : drawn == 31 && widths[i] < (1 << stages[i].doublings) ? 2 * widths[i] : widths[i];
        }
        try_widths(std::move(widths), best.widen);
    }
    return best;
}

}  // namespace overtake
