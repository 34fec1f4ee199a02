#include "cluster/schedule/simulated_cluster.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "cluster/schedule/planner.hpp"

namespace overtake {
namespace {

/// Trunks with segments, cooldowns and evaluations, shapes drawn from the seed.
StageForest random_forest(std::mt19937_64& random) {
    StageForest forest;
    const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    const auto add = [&](const std::string& parent, StageKind kind, std::int64_t begin, std::int64_t steps, double flops, std::int64_t shards) {
        Stage stage;
        stage.id = std::to_string(forest.stages.size());
        stage.parent = parent;
        stage.kind = kind;
        stage.begin_step = begin;
        stage.end_step = begin + steps;
        stage.flops = flops;
        stage.tokens = 1000 * std::max<std::int64_t>(steps, 1);
        stage.config.training.shards = shards;
        stage.config.model.width = 64 * shards;
        forest.stages.push_back(stage);
        return stage.id;
    };
    const int trunks = draw(1, 6);
    for (int trunk = 0; trunk < trunks; ++trunk) {
        const std::int64_t shards = std::int64_t{1} << draw(0, 3);
        const double flops_per_step = 1e6 * draw(1, 10000);
        std::string parent;
        std::int64_t begin = 0;
        const int segments = draw(1, 4);
        for (int segment = 0; segment < segments; ++segment) {
            const std::int64_t steps = draw(1, 500), cooling = draw(1, 100);
            parent = add(parent, StageKind::train, begin, steps, flops_per_step * static_cast<double>(steps), shards);
            begin += steps;
            const std::string cooled = add(parent, StageKind::cooldown, begin, cooling, flops_per_step * static_cast<double>(cooling), shards);
            for (int evaluations = draw(0, 2); evaluations > 0; --evaluations) {
                add(cooled, StageKind::evaluate, begin + cooling, 0, flops_per_step * 10, shards);
            }
        }
    }
    return forest;
}

std::function<double(std::size_t, std::int64_t, int)> speed_of(const ThroughputModel& model) {
    return [&model](std::size_t stage, std::int64_t step, int width) { return model.seconds_left(stage, step, width); };
}

/// What must hold of any run: teams are disjoint in time, widths allowed, parents first, no attempt twice.
void check(const StageForest& forest, const SimulatedRun& run, int ranks, std::uint64_t seed) {
    std::vector<double> done_at(forest.stages.size(), -1);
    std::set<std::pair<std::size_t, std::int64_t>> seen;
    for (const SimulatedAttempt& attempt : run.attempts) {
        const Stage& stage = forest.stages[attempt.stage];
        ASSERT_TRUE(seen.emplace(attempt.stage, attempt.attempt).second) << "an attempt twice, seed " << seed;
        ASSERT_LT(done_at[attempt.stage], 0) << "a done stage again, seed " << seed;
        if (!stage.parent.empty()) {
            const double parent_at = done_at[forest.index_of(stage.parent)];
            ASSERT_TRUE(parent_at >= 0 && parent_at <= attempt.begin_s) << "before its parent, seed " << seed;
        }
        const std::size_t width = attempt.team.size();
        ASSERT_EQ(width & (width - 1), 0u);
        ASSERT_LE(width, stage.kind == StageKind::evaluate ? 4u : static_cast<std::size_t>(stage.config.training.shards)) << "seed " << seed;
        ASSERT_TRUE(std::is_sorted(attempt.team.begin(), attempt.team.end()));
        ASSERT_TRUE(attempt.team.front() >= 0 && attempt.team.back() < ranks);
        for (const SimulatedAttempt& other : run.attempts) {
            const bool together = attempt.begin_s < other.end_s && other.begin_s < attempt.end_s;
            std::vector<int> shared;
            std::set_intersection(attempt.team.begin(), attempt.team.end(), other.team.begin(), other.team.end(), std::back_inserter(shared));
            ASSERT_TRUE(&attempt == &other || !together || shared.empty()) << "a rank in two teams, seed " << seed;
        }
        if (attempt.outcome == StageOutcome::done) {
            done_at[attempt.stage] = attempt.end_s;
        }
    }
}

std::string trace_of(const SimulatedRun& run) {
    std::string text;
    for (const SimulatedAttempt& attempt : run.attempts) {
        text += std::to_string(attempt.stage) + '@' + std::to_string(attempt.end_s) + '/' + std::to_string(attempt.team.front()) + ' ';
    }
    return text;
}

TEST(SimulatedCluster, holds_its_promises_on_a_thousand_random_forests) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        std::mt19937_64 random(seed);
        const StageForest forest = random_forest(random);
        const int ranks = std::uniform_int_distribution<int>(1, 9)(random);
        const ThroughputModel model(forest);
        SimulationOptions options;
        options.seconds_left = speed_of(model);
        options.seed = seed;
        options.say_things_twice = seed % 2 == 1;
        const std::vector<StageStart> start(forest.stages.size());
        const SimulatedRun run = simulate(forest, start, {.ranks = ranks}, options);
        ASSERT_TRUE(run.finished && !run.stopped) << "seed " << seed;
        ASSERT_EQ(run.attempts.size(), forest.stages.size()) << "seed " << seed;
        check(forest, run, ranks, seed);
        if (seed % 10 == 0) {
            ASSERT_EQ(trace_of(run), trace_of(simulate(forest, start, {.ranks = ranks}, options))) << "seed " << seed;
        }
    }
}

TEST(SimulatedCluster, skips_below_failures_and_ends_all_the_same) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        std::mt19937_64 random(seed);
        const StageForest forest = random_forest(random);
        const ThroughputModel model(forest);
        std::set<std::size_t> bad;
        for (std::size_t i = 0; i < forest.stages.size(); ++i) {
            if (random() % 5 == 0) {
                bad.insert(i);
            }
        }
        SimulationOptions options;
        options.seconds_left = speed_of(model);
        options.outcome = [&](std::size_t stage, std::int64_t) { return bad.contains(stage) ? StageOutcome::diverged : StageOutcome::done; };
        options.seed = seed;
        const SimulatedRun run = simulate(forest, std::vector<StageStart>(forest.stages.size()), {.ranks = 4}, options);
        ASSERT_TRUE(run.finished) << "seed " << seed;
        check(forest, run, 4, seed);
        const auto skipped = std::count_if(run.events.begin(), run.events.end(),
                                           [](const CoordinatorEvent& event) { return event.kind == CoordinatorEvent::Kind::skipped; });
        ASSERT_EQ(run.attempts.size() + static_cast<std::size_t>(skipped), forest.stages.size()) << "seed " << seed;
    }
}

TEST(SimulatedCluster, stops_in_order_and_finishes_the_rest_another_day) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        std::mt19937_64 random(seed);
        const StageForest forest = random_forest(random);
        const ThroughputModel model(forest);
        SimulationOptions options;
        options.seconds_left = speed_of(model);
        options.seed = seed;
        options.stop_at_s = std::uniform_real_distribution<double>(0, 300)(random);
        std::vector<StageStart> start(forest.stages.size());
        const SimulatedRun first = simulate(forest, start, {.ranks = 4}, options);
        ASSERT_TRUE(first.finished) << "seed " << seed;
        std::set<std::size_t> done_before;
        for (const SimulatedAttempt& attempt : first.attempts) {
            const bool done = attempt.outcome == StageOutcome::done;
            start[attempt.stage] = {.done = done, .succeeded = done, .has_state = done, .step = 0, .attempts = attempt.attempt};
            if (done) {
                done_before.insert(attempt.stage);
            }
        }
        ASSERT_EQ(first.stopped, done_before.size() < forest.stages.size()) << "seed " << seed;
        options.stop_at_s = -1;
        const SimulatedRun second = simulate(forest, start, {.ranks = 3}, options);
        ASSERT_TRUE(second.finished && !second.stopped) << "seed " << seed;
        ASSERT_EQ(second.attempts.size() + done_before.size(), forest.stages.size()) << "seed " << seed;
        for (const SimulatedAttempt& attempt : second.attempts) {
            ASSERT_FALSE(done_before.contains(attempt.stage)) << "seed " << seed;
        }
    }
}

TEST(PredictSchedule, is_near_its_lower_bound_and_never_below) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::mt19937_64 random(seed);
        const StageForest forest = random_forest(random);
        const SchedulePrediction prediction = predict_schedule(forest, {}, {.ranks = 4});
        ASSERT_GE(prediction.makespan_s, prediction.lower_bound_s * (1 - 1e-9)) << "seed " << seed;
        ASSERT_LE(prediction.makespan_s, prediction.lower_bound_s * 2.2) << "seed " << seed;
        sum += prediction.makespan_s / prediction.lower_bound_s;
    }
    EXPECT_LT(sum / 200, 1.25);
    RecordProperty("mean_makespan_over_bound_percent", static_cast<int>(100 * sum / 200));
}

TEST(PredictSchedule, halves_with_twice_the_ranks_when_stages_abound) {
    StageForest forest;
    for (int i = 0; i < 64; ++i) {
        Stage stage;
        stage.id = std::to_string(i);
        stage.end_step = 100;
        stage.flops = 1e12;
        forest.stages.push_back(stage);
    }
    const double on_two = predict_schedule(forest, {}, {.ranks = 2}).makespan_s;
    const double on_four = predict_schedule(forest, {}, {.ranks = 4}).makespan_s;
    EXPECT_NEAR(on_two, 32 * (200 + 0.2), 1e-6);
    EXPECT_NEAR(on_four, on_two / 2, 1e-6);
}

}  // namespace
}  // namespace overtake
