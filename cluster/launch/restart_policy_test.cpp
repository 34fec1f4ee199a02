#include "cluster/launch/restart_policy.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

RunLine assigned(std::string stage, std::int64_t step, std::vector<int> team) { return AssignedLine{std::move(stage), step, std::move(team)}; }
RunLine ended(std::string stage, std::string outcome = "done") { return EndedLine{std::move(stage), std::move(outcome), 100, ""}; }

TEST(DeadRankIn, reads_the_words_of_mpirun_and_srun) {
    EXPECT_EQ(dead_rank_in("mpirun noticed that process rank 3 with PID 4711 on node n1 exited on signal 9 (Killed)."), 3);
    EXPECT_EQ(dead_rank_in("  Process name: [[58087,1],12]"), 12);
    EXPECT_EQ(dead_rank_in("srun: error: node7: task 5: Killed"), 5);
    EXPECT_EQ(dead_rank_in("Primary job  terminated normally, but 1 process returned"), std::nullopt);
    EXPECT_EQ(dead_rank_in("process rank unknown"), std::nullopt);
    EXPECT_EQ(dead_rank_in("stage on task 5: fine"), std::nullopt);
    EXPECT_EQ(dead_rank_in(""), std::nullopt);
}

TEST(RestartPause, grows_from_nothing_to_a_minute) {
    using std::chrono::milliseconds;
    for (const auto& [row, pause] : {std::pair(1, 0), {2, 500}, {3, 2000}, {4, 8000}, {5, 32000}, {6, 60000}, {1000, 60000}}) {
        EXPECT_EQ(restart_pause(milliseconds(500), row), milliseconds(pause)) << row;
    }
    EXPECT_EQ(restart_pause(milliseconds(0), 1000), milliseconds(0));
}

TEST(RestartPolicy, strikes_the_stage_of_the_rank_that_died) {
    RestartPolicy policy(5, {});
    policy.on_line(assigned("a", 0, {0, 1}));
    policy.on_line(assigned("b", 40, {2}));
    const Verdict verdict = policy.on_death({.rank = 2});
    EXPECT_TRUE(verdict.restart);
    EXPECT_EQ(verdict.struck, (std::vector<std::string>{"b"}));
    ASSERT_EQ(policy.strikes().size(), 1u);
    EXPECT_EQ(policy.strikes()[0].count, 1);
    EXPECT_EQ(policy.strikes()[0].step, 40);
    EXPECT_TRUE(policy.take_changed());
    EXPECT_FALSE(policy.take_changed());
}

TEST(RestartPolicy, strikes_every_running_stage_if_nobody_is_named_and_none_if_the_launcher_was_killed) {
    RestartPolicy policy(5, {});
    policy.on_line(assigned("a", 0, {0}));
    policy.on_line(assigned("b", 0, {1}));
    policy.on_line(assigned("c", 0, {1}));
    policy.on_line(ended("c"));
    EXPECT_EQ(policy.on_death({}).struck, (std::vector<std::string>{"a", "b"}));
    policy.on_line(assigned("a", 0, {0}));
    EXPECT_TRUE(policy.on_death({.rank = {}, .blameless = true}).struck.empty());
    policy.on_line(assigned("a", 0, {0}));
    EXPECT_TRUE(policy.on_death({.rank = 7}).struck.empty()) << "an idle rank died";
}

TEST(RestartPolicy, fails_a_stage_at_the_third_strike_and_goes_on_without_it) {
    RestartPolicy policy(2, {});
    for (int death = 1; death <= 3; ++death) {
        policy.on_line(assigned("a", 10, {0}));
        const Verdict verdict = policy.on_death({.rank = 0});
        EXPECT_EQ(verdict.failed.size(), death == 3 ? 1u : 0u);
        EXPECT_EQ(verdict.restart, death < 3) << death;
    }
    policy.on_line(assigned("b", 0, {0}));
    EXPECT_TRUE(policy.on_death({.rank = 0}).restart) << "giving up a stage is progress";
}

Death fault(std::string stage, bool of_the_place = true) {
    return {.rank = {}, .faults = {{std::move(stage), of_the_place, "CUDA error on node7"}}, .blameless = true};
}

TEST(RestartPolicy, strikes_the_stage_that_met_a_fault_though_the_program_ended_itself) {
    RestartPolicy policy(5, {});
    policy.on_line(assigned("a", 0, {0, 1}));
    policy.on_line(assigned("b", 0, {2}));
    EXPECT_EQ(policy.on_death(fault("b")).struck, (std::vector<std::string>{"b"}));
    EXPECT_EQ(policy.strikes()[0].reason, "CUDA error on node7");
    EXPECT_EQ(policy.strikes()[0].hangs, 0);
    policy.on_line(assigned("b", 0, {2}));
    EXPECT_EQ(policy.on_death({.rank = 2}).struck, (std::vector<std::string>{"b"}));
    EXPECT_EQ(policy.strikes()[0].reason, "") << "of the last death";
}

TEST(RestartPolicy, fails_no_stage_for_faults_of_a_place_at_which_nothing_else_does_better) {
    RestartPolicy policy(5, {});
    std::int64_t deaths = 0;
    Verdict verdict;
    for (; deaths == 0 || verdict.restart; ++deaths) {
        policy.on_line(assigned("a", 0, {0}));
        verdict = policy.on_death(fault("a"));
        EXPECT_TRUE(verdict.failed.empty());
    }
    EXPECT_EQ(deaths, 6);
    EXPECT_TRUE(verdict.place_is_to_blame);
    EXPECT_EQ(policy.strikes()[0].count, 2);
}

TEST(RestartPolicy, fails_the_one_that_meets_faults_where_others_get_on) {
    RestartPolicy policy(5, {});
    for (int death = 1; death <= 3; ++death) {
        policy.on_line(assigned("a", 0, {0}));
        policy.on_line(assigned("b", 0, {1}));
        policy.on_line(ended("b"));
        EXPECT_EQ(policy.on_death(fault("a")).failed.size(), death == 3 ? 1u : 0u) << death;
        if (death == 1) {
            EXPECT_EQ(policy.strikes()[0].count, 1);
        }
    }
}

TEST(RestartPolicy, begins_anew_with_a_stage_that_got_on_itself_and_knows_faults_of_former_runs) {
    RestartPolicy policy(5, {});
    policy.on_line(assigned("a", 0, {0}));
    policy.on_death(fault("a"));
    policy.on_line(assigned("a", 10, {0}));  // further: its strikes are cleared
    policy.on_line(assigned("b", 0, {1}));
    policy.on_line(ended("b"));
    for (int death = 1; death <= 3; ++death) {
        policy.on_line(assigned("a", 10, {0}));
        EXPECT_TRUE(policy.on_death(fault("a")).failed.empty()) << "b got on before the first of these";
    }
    RestartPolicy next(5, {Strike{"c", 2, 0, 0, "CUDA error on node7"}});
    next.on_line(assigned("d", 0, {0}));
    next.on_line(ended("d", "failed"));
    next.on_line(assigned("c", 0, {0}));
    EXPECT_TRUE(next.on_death(fault("c")).failed.empty()) << "a failure is no sign of a good place";
    next.on_line(assigned("e", 0, {0}));
    next.on_line(ended("e"));
    next.on_line(assigned("c", 0, {0}));
    EXPECT_EQ(next.on_death(fault("c")).failed, (std::vector<std::string>{"c"}));
}

TEST(RestartPolicy, fails_a_stage_of_which_one_rank_of_several_fails_by_itself) {
    RestartPolicy policy(5, {});
    for (int death = 1; death <= 3; ++death) {
        policy.on_line(assigned("a", 0, {0, 1}));
        const Verdict verdict = policy.on_death(fault("a", false));
        EXPECT_EQ(verdict.failed.size(), death == 3 ? 1u : 0u) << death;
        EXPECT_FALSE(verdict.place_is_to_blame);
    }
}

TEST(RestartPolicy, tells_hangs_from_deaths) {
    RestartPolicy policy(5, {{"a", 1, 10, 0}});
    policy.on_line(assigned("a", 10, {0}));
    policy.on_death({.rank = {}, .hung = {"a"}, .blameless = true});
    policy.on_line(assigned("a", 10, {0}));
    policy.on_death({.rank = 0, .silent = true});
    ASSERT_EQ(policy.strikes().size(), 1u);
    EXPECT_EQ(policy.strikes()[0].count, 3);
    EXPECT_EQ(policy.strikes()[0].hangs, 2);
}

TEST(RestartPolicy, clears_strikes_once_the_step_of_the_last_death_is_passed) {
    RestartPolicy policy(5, {{"a", 2, 30}});
    policy.on_line(assigned("a", 30, {0}));
    EXPECT_EQ(policy.strikes().size(), 1u) << "the same checkpoint: not passed";
    policy.on_death({.rank = 0, .blameless = true});
    policy.on_line(assigned("a", 50, {0}));
    EXPECT_TRUE(policy.strikes().empty());
    EXPECT_TRUE(policy.on_death({.rank = 0}).failed.empty());
    EXPECT_EQ(policy.strikes().at(0).count, 1);
    policy.on_line(assigned("a", 50, {0}));
    policy.on_line(ended("a"));
    EXPECT_TRUE(policy.strikes().empty());
}

TEST(RestartPolicy, gives_up_after_the_limit_in_a_row_without_progress) {
    RestartPolicy policy(5, {});
    for (int death = 1; death <= 5; ++death) {
        const Verdict verdict = policy.on_death({});
        EXPECT_TRUE(verdict.restart);
        EXPECT_EQ(verdict.restarts_in_a_row, death);
    }
    EXPECT_FALSE(policy.on_death({}).restart);
}

TEST(RestartPolicy, counts_anew_after_an_ended_stage_or_a_newer_checkpoint_but_not_after_a_stop_or_a_mere_start) {
    RestartPolicy policy(1, {});
    policy.on_line(assigned("a", 0, {0}));
    EXPECT_TRUE(policy.on_death({.rank = 9}).restart);
    policy.on_line(ended("z"));
    EXPECT_TRUE(policy.on_death({.rank = 9}).restart);
    policy.on_line(assigned("a", 10, {0}));
    EXPECT_TRUE(policy.on_death({.rank = 9}).restart) << "a has got further";
    policy.on_line(assigned("a", 10, {0}));
    policy.on_line(ended("a", "stopped"));
    EXPECT_FALSE(policy.on_death({.rank = 9}).restart);
}

}  // namespace
}  // namespace overtake
