#include "cluster/schedule/simulated_sweep.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// Eight roots of 1e13 FLOPs (2,000 s on one rank at 5e9), each with a child of a tenth.
StageForest eight_pairs() {
    StageForest forest;
    for (int i = 0; i < 8; ++i) {
        Stage root, child;
        root.id = "r" + std::to_string(i);
        root.end_step = 1000;
        root.flops = 1e13;
        child.id = "c" + std::to_string(i);
        child.parent = root.id;
        child.kind = StageKind::cooldown;
        child.begin_step = 1000;
        child.end_step = 1100;
        child.flops = 1e12;
        forest.stages.push_back(root);
        forest.stages.push_back(child);
    }
    return forest;
}

void check(const StageForest& forest, const SimulatedSweep& sweep) {
    std::vector<double> done_at(forest.stages.size(), -1);
    ASSERT_TRUE(sweep.finished);
    for (const SimulatedAttempt& attempt : sweep.attempts) {
        ASSERT_LT(done_at[attempt.stage], 0) << "done twice";
        if (attempt.stage % 2 == 1) {
            ASSERT_TRUE(done_at[attempt.stage - 1] >= 0 && done_at[attempt.stage - 1] <= attempt.begin_s) << "before its parent";
        }
        if (!attempt.killed && attempt.outcome == StageOutcome::done) {
            done_at[attempt.stage] = attempt.end_s;
        }
    }
    EXPECT_EQ(std::count(done_at.begin(), done_at.end(), -1), sweep.failed + sweep.skipped);
}

TEST(SimulatedSweep, takes_what_the_model_says_on_a_calm_day) {
    Mishaps calm;
    calm.message_seconds = 0;
    const SimulatedSweep sweep = simulate_sweep(eight_pairs(), {.ranks = 8}, calm);
    EXPECT_NEAR(sweep.makespan_s, 2000 + 200 + 2 * 0.2, 1e-6);
    EXPECT_NEAR(sweep.bound.simple_s(), 2200.4, 1e-6);
    EXPECT_NEAR(sweep.utilisation, 1, 1e-6);
    EXPECT_EQ(sweep.restarts + sweep.requeues + sweep.failed + sweep.skipped, 0);
    EXPECT_EQ(sweep.lost_rank_seconds, 0);
}

TEST(SimulatedSweep, loses_what_lies_behind_the_last_checkpoint_and_the_restart) {
    Mishaps mishaps;
    mishaps.deaths = 0.1;
    const StageForest forest = eight_pairs();
    std::int64_t restarts = 0;
    for (mishaps.seed = 0; mishaps.seed < 50; ++mishaps.seed) {
        const SimulatedSweep sweep = simulate_sweep(forest, {.ranks = 8}, mishaps);
        check(forest, sweep);
        restarts += sweep.restarts;
        EXPECT_GE(sweep.lost_rank_seconds, 8 * 20.0 * static_cast<double>(sweep.restarts));
        EXPECT_LE(sweep.lost_rank_seconds, 8 * (20.0 + 60.0) * static_cast<double>(sweep.restarts));
        EXPECT_GE(sweep.makespan_s, sweep.bound.sharp_s);
    }
    EXPECT_GT(restarts, 20);
}

TEST(SimulatedSweep, goes_on_after_a_requeue_where_it_stopped) {
    Mishaps mishaps;
    mishaps.limit_seconds = 500;
    mishaps.queue_seconds = 100;
    const StageForest forest = eight_pairs();
    const SimulatedSweep sweep = simulate_sweep(forest, {.ranks = 8}, mishaps);
    check(forest, sweep);
    EXPECT_EQ(sweep.requeues, 4) << "2,200 s in jobs of 500 s";
    EXPECT_NEAR(sweep.makespan_s, 2200.4 + 4 * 100, 20);
}

TEST(SimulatedSweep, skips_below_what_failed_and_is_the_same_again) {
    Mishaps mishaps;
    mishaps.failed_stages = 0.2;
    mishaps.deaths = 0.05;
    mishaps.runtime_error = 0.1;
    mishaps.stragglers = 0.1;
    mishaps.disk_seconds = 5;
    const StageForest forest = eight_pairs();
    std::int64_t failed = 0;
    for (mishaps.seed = 0; mishaps.seed < 50; ++mishaps.seed) {
        const SimulatedSweep sweep = simulate_sweep(forest, {.ranks = 5}, mishaps), again = simulate_sweep(forest, {.ranks = 5}, mishaps);
        check(forest, sweep);
        EXPECT_EQ(sweep.trace_hash, again.trace_hash);
        failed += sweep.failed;
    }
    EXPECT_GT(failed, 50);
    EXPECT_LT(failed, 200);
}

TEST(ScheduleTrace, names_ranges_of_ranks) {
    const StageForest forest = eight_pairs();
    const std::vector<SimulatedAttempt> attempts{{0, 1, {0, 1, 2, 5}, 1.5, 3, StageOutcome::done}, {3, 2, {4}, 3, 4, StageOutcome::stopped, true}};
    EXPECT_EQ(trace_csv(forest, attempts),
              "stage,kind,attempt,outcome,begin_s,end_s,width,ranks\n"
              "r0,train,1,done,1.500000,3.000000,4,0-2 5\n"
              "c1,cooldown,2,killed,3.000000,4.000000,1,4\n");
    const std::string picture = gantt_svg(forest, attempts, 8, "a <b>");
    EXPECT_NE(picture.find("fill=\"#4c78a8\""), std::string::npos);
    EXPECT_NE(picture.find("fill=\"#e45756\""), std::string::npos);
    EXPECT_EQ(picture.find("<b>"), std::string::npos);
}

}  // namespace
}  // namespace overtake
