#include "cluster/schedule/bad_days.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// A trunk with two cooldowns, of two shards.
StageForest small_forest() {
    StageForest forest;
    for (const char* id : {"trunk", "left", "right"}) {
        Stage stage;
        stage.id = id;
        stage.parent = stage.id == "trunk" ? "" : "trunk";
        stage.end_step = 100;
        stage.config.training.shards = 2;
        forest.stages.push_back(stage);
    }
    return forest;
}

/// The trunk is stopped at step 50, goes on, and is done; of its children one is killed once and then done, the other
/// fails.
SimulatedSweep healthy() {
    SimulatedSweep sweep;
    sweep.finished = true;
    sweep.failed = 1;
    sweep.attempts = {{0, 1, {0, 1}, 0, 10, StageOutcome::stopped, false, 50},
                      {0, 2, {0, 1}, 20, 30, StageOutcome::done, false, 100},
                      {1, 1, {0}, 30, 40, StageOutcome::done, true, 10},
                      {2, 1, {1}, 30, 45, StageOutcome::failed, false, 70},
                      {1, 2, {0}, 50, 60, StageOutcome::done, false, 100}};
    return sweep;
}

std::vector<std::string> broken(const SimulatedSweep& sweep) {
    return broken_promises(small_forest(), {.ranks = 2}, sweep);
}
using Sentences = std::vector<std::string>;

TEST(BadDays, are_fine_when_every_promise_is_kept) {
    EXPECT_EQ(broken(healthy()), Sentences{});
    SimulatedSweep below = healthy();
    below.attempts.resize(2);
    below.attempts[1].outcome = StageOutcome::failed;
    below.skipped = 2;
    EXPECT_EQ(broken(below), Sentences{}) << "what is below a failed stage is not lost";
}

TEST(BadDays, name_a_sweep_that_never_finished) {
    SimulatedSweep sweep = healthy();
    sweep.finished = false;
    EXPECT_EQ(broken(sweep), Sentences{"not finished"});
}

TEST(BadDays, name_stages_that_run_on_after_their_end) {
    SimulatedSweep sweep = healthy();
    sweep.attempts.push_back({1, 3, {0}, 60, 70, StageOutcome::done, false, 100});
    EXPECT_EQ(broken(sweep), Sentences{"run after it was over: left"});
    sweep.attempts.back() = {2, 2, {1}, 60, 70, StageOutcome::done, true, 100};
    EXPECT_EQ(broken(sweep), Sentences{"run after it was over: right"}) << "a failure is an end too";
    sweep = healthy();
    sweep.attempts[4].attempt = 1;
    EXPECT_EQ(broken(sweep), Sentences{"an attempt's number twice: left"});
}

TEST(BadDays, name_lost_stages_and_counts_that_differ) {
    SimulatedSweep sweep = healthy();
    sweep.attempts.pop_back();
    sweep.skipped = 1;
    EXPECT_EQ(broken(sweep), Sentences{"lost: left"});
    sweep = healthy();
    sweep.failed = 0;
    EXPECT_EQ(broken(sweep), Sentences{"counts differ: 1 failed and 0 skipped, told as 0 and 0"});
}

TEST(BadDays, name_children_that_do_not_wait_for_their_parent) {
    SimulatedSweep sweep = healthy();
    sweep.attempts[3].begin_s = 29;
    sweep.attempts[1].team = {0};
    EXPECT_EQ(broken(sweep), Sentences{"before its parent: right"});
    sweep = healthy();
    sweep.attempts[1].outcome = StageOutcome::failed;
    sweep.failed = 2;
    EXPECT_EQ(broken(sweep).size(), 3u) << "each of three attempts below a failed stage";
}

TEST(BadDays, name_ranks_in_two_teams_and_teams_that_cannot_be) {
    SimulatedSweep sweep = healthy();
    sweep.attempts[3].team = {0};
    EXPECT_EQ(broken(sweep), Sentences{"a rank in two teams: 0 at right"});
    sweep.attempts[3].team = {2};
    EXPECT_EQ(broken(sweep), Sentences{"no such rank: 2"});
    sweep.attempts[3].team = {};
    EXPECT_EQ(broken(sweep), Sentences{"a width that is not allowed: right on 0"});
    EXPECT_EQ(broken_promises(small_forest(), {.ranks = 2, .max_width = 1}, healthy()).size(), 2u)
        << "both attempts of the trunk";
}

TEST(BadDays, name_lost_checkpoints) {
    SimulatedSweep sweep = healthy();
    sweep.attempts[1].step = 49;
    EXPECT_EQ(broken(sweep), Sentences{"a checkpoint lost: trunk"});
}

TEST(BadDays, are_survived_and_the_same_again) {
    std::int64_t restarts = 0, requeues = 0, failed = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const BadDay day = bad_day(seed), again = bad_day(seed);
        const SimulatedSweep sweep = simulate_sweep(day.forest, day.options, day.mishaps);
        ASSERT_EQ(broken_promises(day.forest, day.options, sweep), Sentences{}) << "seed " << seed;
        ASSERT_EQ(sweep.trace_hash, simulate_sweep(again.forest, again.options, again.mishaps).trace_hash)
            << "seed " << seed;
        restarts += sweep.restarts;
        requeues += sweep.requeues;
        failed += sweep.failed;
    }
    EXPECT_GT(std::min({restarts, requeues, failed}), 20) << "the days are bad";
}

}  // namespace
}  // namespace overtake
