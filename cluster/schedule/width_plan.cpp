// Targets, widths that meet them, and the schedules that follow.
#include "cluster/schedule/width_plan.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "cluster/schedule/lower_bound.hpp"
#include "cluster/schedule/virtual_schedule.hpp"

namespace overtake {

namespace {

constexpr double good_enough = 1.004;       // of the sharp bound: no further target is tried
constexpr double far_too_long = 1.02;       // of the best: such schedules are given up
constexpr double share_of_draws = 0.75;     // of the effort; the rest changes the best
constexpr double temperature = 0.002;       // of a schedule's cost, in bounds: so much worse may be gone on from
constexpr double weight_of_moment = 0.5;    // in that cost
constexpr std::size_t many_stages = 2500;   // so many cost twice as much each as a few
constexpr std::size_t schedules_per_stage = 8;
constexpr double short_tail = 0.003;        // of the makespan: paths so short can't spoil a schedule of single ranks

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

double area_at(std::span<const PlannedStage> stages, const BestPaths& paths, double target_s) {
    double area = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (stages[i].running_width > 0) {
            area += stages[i].running_width * stages[i].seconds[0];
        } else if (stages[i].open) {
            const double others_s = paths.above_s[i] + paths.down_s[i] - best_seconds_left(stages[i]);
            const int width = narrowest_within(stages[i], (target_s - others_s) * (1 + 1e-12));
            area += width * stages[i].seconds_on(width);
        }
    }
    return area;
}

/// Weaker than lower_bound()'s sharp one, and far quicker: every stage alone is as wide as the rest of its path demands of it.
double quick_bound(std::span<const PlannedStage> stages, const BestPaths& paths, int ranks) {
    double work_s = 0, high = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        work_s += (stages[i].running_width > 0 ? stages[i].running_width * stages[i].seconds[0] : stages[i].open ? stages[i].least_area() : 0) / ranks;
        high = std::max(high, paths.above_s[i] + paths.down_s[i]);
    }
    double low = high = std::max(high, work_s);
    while (high > 0 && area_at(stages, paths, high) > ranks * high) {
        low = std::exchange(high, 1.5 * high);
    }
    while (high - low > 1e-3 * high) {
        const double middle = (low + high) / 2;
        (area_at(stages, paths, middle) > ranks * middle ? low : high) = middle;
    }
    return low;
}

std::vector<int> widths_for(std::span<const PlannedStage> stages, const BestPaths& paths, double target_s) {
    std::vector<int> widths(stages.size(), 1);
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (stages[i].open) {
            const double best_s = best_seconds_left(stages[i]);
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

/// Stages by falling urgency.
std::vector<std::uint32_t> order_by(std::span<const double> urgency) {
    std::vector<std::pair<double, std::uint32_t>> keys;
    keys.reserve(urgency.size());
    for (std::size_t i = 0; i < urgency.size(); ++i) {
        keys.emplace_back(-urgency[i], static_cast<std::uint32_t>(i));
    }
    std::sort(keys.begin(), keys.end());
    std::vector<std::uint32_t> order;
    order.reserve(keys.size());
    for (const auto& [key, stage] : keys) {
        order.push_back(stage);
    }
    return order;
}

struct Target {
    double stretch;  // of the bound
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

/// Open stages that take the same times are of one kind; kinds with the most work first.
struct Kinds {
    std::vector<std::vector<std::size_t>> stages_of;
    std::vector<double> work_to;  // rank seconds on single ranks, of this kind and those before it

    explicit Kinds(std::span<const PlannedStage> stages) {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < stages.size(); ++i) {
            if (stages[i].open) {
                open.push_back(i);
            }
        }
        const auto key = [&](std::size_t i) { return std::span(stages[i].seconds).first(static_cast<std::size_t>(stages[i].doublings) + 1); };
        const auto before = [&](std::size_t a, std::size_t b) { return std::lexicographical_compare(key(b).begin(), key(b).end(), key(a).begin(), key(a).end()); };
        std::stable_sort(open.begin(), open.end(), before);
        for (const std::size_t stage : open) {
            if (stages_of.empty() || before(stages_of.back().front(), stage)) {
                stages_of.emplace_back();
                work_to.push_back(work_to.empty() ? 0 : work_to.back());
            }
            stages_of.back().push_back(stage);
            work_to.back() += stages[stage].seconds[0];
        }
    }
    const std::vector<std::size_t>& at(double share) const {
        const auto kind = std::upper_bound(work_to.begin(), work_to.end() - 1, share * work_to.back());
        return stages_of[static_cast<std::size_t>(kind - work_to.begin())];
    }
};

class Search {
  public:
    Search(std::span<const PlannedStage> stages, int ranks, const PlanEffort& effort, const WidthPlan* previous);
    WidthPlan run();

  private:
    double progress() const {
        return std::max(static_cast<double>(placed_) / static_cast<double>(effort_.stages_placed),
                        static_cast<double>(tried_) / static_cast<double>(std::min(effort_.schedules, 2 + schedules_per_stage * open_)));
    }
    bool enough() const;
    double attempt(const std::vector<double>& urgency, WidthPlan plan);
    void draw(const Kinds& kinds);
    void change(WidthPlan& plan, std::vector<double>& urgency, const Kinds& kinds);
    double uniform() { return static_cast<double>(random_() - 1) / 2147483646.0; }

    std::span<const PlannedStage> stages_;
    int ranks_;
    PlanEffort effort_;
    const WidthPlan* previous_;
    BestPaths paths_;
    Children children_;
    std::size_t open_ = 0, placed_ = 0, tried_ = 0;
    double bound_s_ = 0, cost_ = INFINITY, best_cost_ = INFINITY;
    WidthPlan best_, current_;
    struct Draw {
        std::vector<int> widths;  // per kind
        double power = 0;         // of a stage's width, in its urgency
        bool widen = true;
        double makespan_s = INFINITY;
    } best_draw_;
    std::vector<Started> started_;
    std::minstd_rand random_{1};
};

Search::Search(std::span<const PlannedStage> stages, int ranks, const PlanEffort& effort, const WidthPlan* previous)
    : stages_(stages), ranks_(ranks), effort_(effort), previous_(previous), paths_(stages), children_(stages) {
    open_ = static_cast<std::size_t>(std::count_if(stages.begin(), stages.end(), [](const PlannedStage& stage) { return stage.open; }));
    best_.widths.assign(stages.size(), 1);
    best_.path_s = paths_at(stages, best_.widths);
    best_.order = order_by(best_.path_s);
}

bool Search::enough() const {
    const std::size_t least = previous_ != nullptr ? 2 : 1;
    return (tried_ >= least && best_.makespan_s <= good_enough * bound_s_) || (tried_ >= 2 && progress() >= 1);
}

/// The most urgent start first. What is kept are the widths and the order that came of it, so that the same schedule follows again. The search
/// goes on from what is a little worse as well, less so towards its end; of equal times the one that works earlier and less is better.
double Search::attempt(const std::vector<double>& urgency, WidthPlan plan) {
    plan.path_s = paths_at(stages_, plan.widths);
    plan.order = order_by(urgency.empty() ? plan.path_s : urgency);
    plan.makespan_s = virtual_makespan_s(stages_, children_, plan, ranks_, far_too_long * best_.makespan_s, started_);
    placed_ += open_ + open_ * open_ / many_stages;
    ++tried_;
    if (std::isinf(plan.makespan_s)) {
        return INFINITY;
    }
    const double makespan_s = plan.makespan_s;
    std::vector<double> started_as(stages_.size(), 0);
    double moment = 0;
    for (std::size_t i = 0; i < started_.size(); ++i) {
        const auto& [team, begin_s] = started_[i];
        plan.widths[team.stage] = team.width;
        started_as[team.stage] = static_cast<double>(started_.size() - i);
        const double seconds = stages_[team.stage].seconds_on(team.width);
        moment += team.width * seconds * (begin_s + seconds / 2);
    }
    const double cost = plan.makespan_s / bound_s_ + weight_of_moment * moment / (0.5 * ranks_ * bound_s_ * bound_s_);
    const bool improves = plan.makespan_s < best_.makespan_s || (plan.makespan_s == best_.makespan_s && cost < best_cost_);
    if (!improves && cost > cost_ + temperature * std::max(0.0, 1 - progress())) {
        return makespan_s;
    }
    plan.path_s = paths_at(stages_, plan.widths);
    plan.order = order_by(started_as);
    cost_ = cost;
    if (improves) {
        best_ = plan;
        best_cost_ = cost;
    }
    current_ = std::move(plan);
    return makespan_s;
}

WidthPlan Search::run() {
    const double longest_s = stages_.empty() ? 0 : *std::max_element(best_.path_s.begin(), best_.path_s.end());
    double work_s = 0;
    for (const PlannedStage& stage : stages_) {
        work_s += (stage.running_width > 0 ? stage.running_width : stage.open ? 1 : 0) * stage.seconds[0] / ranks_;
    }
    best_.makespan_s = work_s + longest_s;
    if (open_ == 0 || longest_s <= short_tail * work_s) {
        return std::move(best_);
    }
    best_.makespan_s = INFINITY;
    bound_s_ = quick_bound(stages_, paths_, ranks_);
    if (previous_ != nullptr) {
        WidthPlan plan;
        plan.widths = previous_->widths;
        plan.widen = previous_->widen;
        std::vector<double> urgency(stages_.size());
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            plan.widths[i] = stages_[i].open ? std::min(plan.widths[i], 1 << stages_[i].doublings) : 1;
            urgency[previous_->order[i]] = static_cast<double>(stages_.size() - i);
        }
        attempt(urgency, std::move(plan));
    }
    for (const auto& [stretch, widen] : targets()) {
        if (enough()) {
            return std::move(best_);
        }
        WidthPlan plan;
        plan.widths = widths_for(stages_, paths_, stretch * bound_s_);
        plan.widen = widen;
        attempt({}, std::move(plan));
    }
    const Kinds kinds(stages_);
    while (!enough() && progress() < share_of_draws) {
        draw(kinds);
    }
    if (!enough()) {
        current_ = best_;
        cost_ = best_cost_;
    }
    while (!enough()) {
        WidthPlan plan = current_;
        std::vector<double> urgency(stages_.size());
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            urgency[current_.order[i]] = static_cast<double>(stages_.size() - i);
        }
        for (int changes = 1 + static_cast<int>(3 * uniform()); changes > 0; --changes) {
            change(plan, urgency, kinds);
        }
        attempt(urgency, std::move(plan));
    }
    return std::move(best_);
}

/// Each kind's width by chance, about what a target asks for or as in the best draw so far; by the longest path first, or wide teams first.
void Search::draw(const Kinds& kinds) {
    Draw drawn = best_draw_;
    const bool anew = drawn.widths.empty() || uniform() < 0.25;
    const double share = anew ? 1 : 0.05 + 0.3 * uniform();
    if (uniform() < share) {
        drawn.power = 0.5 * static_cast<int>(3 * uniform());
        drawn.widen = uniform() < 0.5;
    }
    const std::vector<int> asked = widths_for(stages_, paths_, bound_s_ * std::exp2(-3 * uniform()));
    drawn.widths.resize(kinds.stages_of.size(), 1);
    for (std::size_t i = 0; i < kinds.stages_of.size(); ++i) {
        const std::size_t stage = kinds.stages_of[i].front();
        if (uniform() < share) {
            const int doublings = std::max(0, static_cast<int>(5 * uniform()) - 1) - (uniform() < 0.25 ? 1 : 0);
            drawn.widths[i] = std::clamp(doublings < 0 ? asked[stage] / 2 : asked[stage] << doublings, 1, 1 << stages_[stage].doublings);
        }
    }
    WidthPlan plan;
    plan.widths.assign(stages_.size(), 1);
    plan.widen = drawn.widen;
    for (std::size_t i = 0; i < kinds.stages_of.size(); ++i) {
        for (const std::size_t stage : kinds.stages_of[i]) {
            plan.widths[stage] = drawn.widths[i];
        }
    }
    std::vector<double> urgency = paths_at(stages_, plan.widths);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        urgency[i] *= std::pow(plan.widths[i], drawn.power);
    }
    drawn.makespan_s = attempt(urgency, std::move(plan));
    if (drawn.makespan_s <= best_draw_.makespan_s) {
        best_draw_ = std::move(drawn);
    }
}

/// One kind's widths or place in the order, all of it or a few.
void Search::change(WidthPlan& plan, std::vector<double>& urgency, const Kinds& kinds) {
    const std::vector<std::size_t>& kind = kinds.at(uniform());
    const double how_many = uniform();
    const auto count = how_many < 0.3 ? kind.size() : 1 + static_cast<std::size_t>(uniform() * (how_many < 0.6 ? 1 : static_cast<double>(kind.size())));
    const auto first = static_cast<std::size_t>(uniform() * static_cast<double>(kind.size()));
    const double what = uniform();
    const double factor = std::exp(2 * uniform() - 1);
    for (std::size_t i = 0; i < std::min(count, kind.size()); ++i) {
        const std::size_t stage = kind[(first + i) % kind.size()];
        int& width = plan.widths[stage];
        if (what < 0.35) {
            width = std::max(1, width / 2);
        } else if (what < 0.7) {
            width = std::min(1 << stages_[stage].doublings, 2 * width);
        } else {
            urgency[stage] *= factor;
        }
    }
    if (uniform() < 0.05) {
        plan.widen = !plan.widen;
    }
}

}  // namespace

WidthPlan plan_widths(std::span<const PlannedStage> stages, int ranks, const PlanEffort& effort, const WidthPlan* previous) {
    return Search(stages, ranks, effort, previous).run();
}

}  // namespace overtake
