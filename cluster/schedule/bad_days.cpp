// Random forests and mishaps, and the looking over of what became of them.
#include "cluster/schedule/bad_days.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <utility>

namespace overtake {

namespace {

enum class Fate { open, done, failed };

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    /// Both ends included.
    std::int64_t whole(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
    }
    double real() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
    double log_uniform(double low, double high) { return low * std::pow(high / low, real()); }
    bool chance(double share) { return real() < share; }

  private:
    std::mt19937_64 random_;
};

/// Trunks of some segments; a trial is a cooldown behind one of them, with evaluations and at times an extension below.
StageForest random_forest(Dice& dice, std::int64_t trials) {
    StageForest forest;
    Stage stage;
    const auto add = [&](const std::string& parent, StageKind kind, std::int64_t begin, std::int64_t steps,
                         double flops) {
        stage.id = "s" + std::to_string(forest.stages.size());
        stage.parent = parent;
        stage.kind = kind;
        stage.begin_step = begin;
        stage.end_step = begin + steps;
        stage.flops = flops;
        stage.tokens = 1000 * std::max<std::int64_t>(steps, 1);
        forest.stages.push_back(stage);
        return stage.id;
    };
    while (trials > 0) {
        stage.config.training.shards = std::int64_t{1} << dice.whole(0, 6);
        stage.config.model.width = 64 * dice.whole(1, 16);
        const double flops_per_step = dice.log_uniform(1e6, 1e10);
        std::string trunk;
        std::int64_t begin = 0;
        for (std::int64_t segments = std::min(trials, dice.whole(1, 5)); segments > 0; --segments, --trials) {
            const std::int64_t steps = dice.whole(1, 500), cooling = dice.whole(1, 100), end = begin + steps + cooling;
            trunk = add(trunk, StageKind::train, begin, steps, flops_per_step * static_cast<double>(steps));
            begin += steps;
            std::string leaf =
                add(trunk, StageKind::cooldown, begin, cooling, flops_per_step * static_cast<double>(cooling));
            for (std::int64_t evaluations = dice.whole(0, 2); evaluations > 0; --evaluations) {
                add(leaf, StageKind::evaluate, end, 0, flops_per_step * 10);
            }
            if (dice.chance(0.3)) {
                leaf = add(leaf, StageKind::extend, end, 20, flops_per_step * 40);
                add(leaf, StageKind::evaluate, end + 20, 0, flops_per_step * 10);
            }
        }
    }
    return forest;
}

/// What a job must give to get on at all: the opening of a stage and two steps of training, or a whole evaluation,
/// which keeps nothing when it is stopped. And a thirtieth of the sweep, lest a simulation take minutes.
double shortest_limit_s(const BadDay& day) {
    const ThroughputModel model(day.forest);
    double least = 0, sum = 0;
    for (std::size_t i = 0; i < day.forest.stages.size(); ++i) {
        const Stage& stage = day.forest.stages[i];
        const double seconds = model.seconds_left(i, stage.begin_step, 1);
        const std::int64_t steps = stage.end_step - stage.begin_step;
        const double opening_s = day.options.throughput.stage_seconds;
        least = std::max(least, steps > 2 ? opening_s + 2 * seconds / static_cast<double>(steps) : seconds);
        sum += seconds;
    }
    const double slowest = 1.5 * std::exp(4 * day.mishaps.runtime_error);
    return std::max(slowest * least + 20 * day.mishaps.disk_seconds + 10 * day.mishaps.message_seconds,
                    sum / day.options.ranks / 30);
}

/// Per stage: done or failed, or open if it never ended. What its attempts did that no attempt may is added to
/// `broken`.
std::vector<Fate> follow(const StageForest& forest, const SimulatedSweep& sweep, std::vector<std::string>& broken) {
    std::vector<Fate> fate(forest.stages.size(), Fate::open);
    std::vector<double> end_s(forest.stages.size(), 0);
    std::vector<std::int64_t> step(forest.stages.size(), 0);
    std::set<std::pair<std::size_t, std::int64_t>> numbers;
    for (const SimulatedAttempt& attempt : sweep.attempts) {
        const Stage& stage = forest.stages[attempt.stage];
        if (!numbers.emplace(attempt.stage, attempt.attempt).second) {
            broken.push_back("an attempt's number twice: " + stage.id);
        }
        if (fate[attempt.stage] != Fate::open) {
            broken.push_back("run after it was over: " + stage.id);
        }
        if (!stage.parent.empty()) {
            const std::size_t parent = forest.index_of(stage.parent);
            if (fate[parent] != Fate::done || end_s[parent] > attempt.begin_s) {
                broken.push_back("before its parent: " + stage.id);
            }
        }
        if (attempt.step < step[attempt.stage]) {
            broken.push_back("a checkpoint lost: " + stage.id);
        }
        step[attempt.stage] = std::max(step[attempt.stage], attempt.step);
        if (!attempt.killed && attempt.outcome != StageOutcome::stopped) {
            fate[attempt.stage] = attempt.outcome == StageOutcome::done ? Fate::done : Fate::failed;
            end_s[attempt.stage] = attempt.end_s;
        }
    }
    return fate;
}

void count(const StageForest& forest, const std::vector<Fate>& fate, const SimulatedSweep& sweep,
           std::vector<std::string>& broken) {
    std::vector<bool> doomed(forest.stages.size(), false);
    std::int64_t failed = 0, skipped = 0;
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const Stage& stage = forest.stages[i];
        const bool below_failed = !stage.parent.empty() && doomed[forest.index_of(stage.parent)];
        if (fate[i] == Fate::open && !below_failed) {
            broken.push_back("lost: " + stage.id);
        }
        doomed[i] = below_failed || fate[i] == Fate::failed;
        failed += fate[i] == Fate::failed ? 1 : 0;
        skipped += fate[i] == Fate::open ? 1 : 0;
    }
    if (failed != sweep.failed || skipped != sweep.skipped) {
        broken.push_back("counts differ: " + std::to_string(failed) + " failed and " + std::to_string(skipped) +
                         " skipped, told as " + std::to_string(sweep.failed) + " and " + std::to_string(sweep.skipped));
    }
}

void look_at_teams(const StageForest& forest, const CoordinatorOptions& options, const SimulatedSweep& sweep,
                   std::vector<std::string>& broken) {
    std::vector<const SimulatedAttempt*> by_begin;
    for (const SimulatedAttempt& attempt : sweep.attempts) {
        by_begin.push_back(&attempt);
    }
    std::stable_sort(by_begin.begin(), by_begin.end(),
                     [](const auto* left, const auto* right) { return left->begin_s < right->begin_s; });
    std::vector<double> busy_until_s(static_cast<std::size_t>(options.ranks), 0);
    for (const SimulatedAttempt* attempt : by_begin) {
        const Stage& stage = forest.stages[attempt->stage];
        const auto width = static_cast<int>(attempt->team.size());
        if (width < 1 || (width & (width - 1)) != 0 || width > widest_team(stage, options)) {
            broken.push_back("a width that is not allowed: " + stage.id + " on " + std::to_string(width));
        }
        for (const int rank : attempt->team) {
            if (rank < 0 || rank >= options.ranks) {
                broken.push_back("no such rank: " + std::to_string(rank));
                continue;
            }
            double& until_s = busy_until_s[static_cast<std::size_t>(rank)];
            if (until_s > attempt->begin_s) {
                broken.push_back("a rank in two teams: " + std::to_string(rank) + " at " + stage.id);
            }
            until_s = std::max(until_s, attempt->end_s);
        }
    }
}

}  // namespace

BadDay bad_day(std::uint64_t seed) {
    Dice dice(seed);
    const bool large = seed % 1000 == 500;
    BadDay day;
    day.forest = random_forest(dice, large ? 2000 : dice.whole(1, 40));
    day.options.ranks = large ? 4096 : static_cast<int>(dice.whole(1, 64));
    day.options.max_width = dice.chance(0.2) ? 1 << dice.whole(0, 4) : 0;
    if (!dice.chance(0.02)) {
        day.options.effort = {.stages_placed = 4'000, .schedules = 20};
    }
    Mishaps& mishaps = day.mishaps;
    mishaps.seed = seed;
    const auto at_times = [&](double share, double low, double high) {
        return dice.chance(share) ? dice.log_uniform(low, high) : 0;
    };
    mishaps.failed_stages = at_times(0.6, 0.005, 0.3);
    mishaps.deaths = at_times(0.8, 0.003, 0.2) * (large ? 0.05 : 1);
    mishaps.runtime_error = at_times(0.7, 0.01, 0.5);
    mishaps.stragglers = at_times(0.5, 0.01, 0.5);
    mishaps.disk_seconds = at_times(0.5, 0.1, 100);
    mishaps.checkpoint_seconds = dice.log_uniform(1, 300);
    mishaps.restart_seconds = dice.log_uniform(1, 100);
    mishaps.queue_seconds = dice.log_uniform(1, 10'000);
    mishaps.message_seconds = dice.chance(0.1) ? 0 : dice.log_uniform(1e-4, 10);
    mishaps.say_things_twice = dice.chance(0.5);
    if (dice.chance(0.5)) {
        mishaps.limit_seconds = shortest_limit_s(day) * dice.log_uniform(1, 30);
    }
    return day;
}

std::vector<std::string> broken_promises(const StageForest& forest, const CoordinatorOptions& options,
                                         const SimulatedSweep& sweep) {
    std::vector<std::string> broken;
    if (!sweep.finished) {
        broken.emplace_back("not finished");
    }
    count(forest, follow(forest, sweep, broken), sweep, broken);
    look_at_teams(forest, options, sweep, broken);
    return broken;
}

}  // namespace overtake
