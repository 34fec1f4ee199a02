#include "cluster/schedule/width_plan.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// Perfect scaling but for `loss` of the rate per doubling.
PlannedStage stage_of(double seconds, int doublings, double kept = 1.0, std::size_t parent = no_stage) {
    PlannedStage stage;
    stage.parent = parent;
    stage.open = true;
    stage.doublings = doublings;
    for (int k = 0; k <= doublings; ++k) {
        stage.seconds[static_cast<std::size_t>(k)] = seconds;
        seconds /= 2 * kept;
    }
    return stage;
}

TEST(LowerBound, is_the_larger_of_work_and_path_by_hand) {
    const std::vector<PlannedStage> stages{stage_of(100, 2), stage_of(40, 1, 1, 0), stage_of(10, 0)};
    const LowerBound bound = lower_bound(stages, 4);
    EXPECT_DOUBLE_EQ(bound.critical_path_s, 25 + 20);
    EXPECT_DOUBLE_EQ(bound.work_s, 150.0 / 4);
    EXPECT_DOUBLE_EQ(bound.simple_s(), 45);
    EXPECT_DOUBLE_EQ(bound.sharp_s, 45);
}

TEST(LowerBound, is_sharper_where_the_path_forces_width_that_costs_work) {
    // On 2 ranks: 100 s, or 62.5 s on both (a fifth of the rate lost). Work at width 1: 50 s. Any T < 100 forces the wide team: 125 / 2.
    const std::vector<PlannedStage> stages{stage_of(100, 1, 0.8)};
    const LowerBound bound = lower_bound(stages, 2);
    EXPECT_DOUBLE_EQ(bound.work_s, 50);
    EXPECT_DOUBLE_EQ(bound.simple_s(), 62.5);
    const std::vector<PlannedStage> two{stage_of(100, 1, 0.8), stage_of(80, 0)};
    EXPECT_DOUBLE_EQ(lower_bound(two, 2).simple_s(), 90);
    EXPECT_NEAR(lower_bound(two, 2).sharp_s, 100, 0.02) << "below 100 s the first needs both ranks: (125 + 80) / 2 > 100";
}

TEST(PlanWidths, gives_one_rank_each_to_what_fills_the_ranks) {
    std::vector<PlannedStage> stages(8, stage_of(100, 3, 0.975));
    const WidthPlan plan = plan_widths(stages, 4);
    EXPECT_EQ(plan.widths, std::vector<int>(8, 1));
    EXPECT_DOUBLE_EQ(plan.makespan_s, 200);
}

TEST(PlanWidths, widens_the_long_one_among_many_short_ones) {
    std::vector<PlannedStage> stages{stage_of(800, 3, 0.975)};
    stages.resize(1 + 24, stage_of(100, 3, 0.975));
    const WidthPlan plan = plan_widths(stages, 8);
    EXPECT_GE(plan.widths[0], 2) << "alone on one rank it would take 800 s; all work is 3,200 / 8 = 400";
    EXPECT_LT(plan.makespan_s, 1.06 * 400);
}

TEST(ChooseTeams, keeps_a_date_for_the_first_and_backfills_what_ends_before_it) {
    // One rank idle, two come back at t = 10. The first wants two (50 s; alone it would take 100): it waits. A short one fits before, a long one not.
    const std::vector<PlannedStage> stages{stage_of(100, 1), stage_of(20, 0), stage_of(8, 0)};
    const std::vector<int> widths{2, 1, 1};
    const ReadyQueue ready{{-100, 0}, {-20, 1}, {-8, 2}};
    const auto with_ends = choose_teams(ready, stages, widths, {{10.0, 1}}, {0, 1, 0}, true);
    ASSERT_EQ(with_ends.size(), 1u);
    EXPECT_EQ(with_ends[0].stage, 2u);
    const auto with_spare = choose_teams(ready, stages, widths, {{10.0, 2}}, {0, 1, 0}, true);
    ASSERT_EQ(with_spare.size(), 1u);
    EXPECT_EQ(with_spare[0].stage, 1u) << "a rank more than the first needs is free at its date";
}

TEST(ChooseTeams, starts_narrower_what_ends_sooner_so) {
    const std::vector<PlannedStage> stages{stage_of(100, 1)};
    const auto teams = choose_teams({{-100, 0}}, stages, std::vector<int>{2}, {{60.0, 1}}, {0, 1, 0}, true);
    ASSERT_EQ(teams.size(), 1u) << "100 s now against 60 + 50 s";
    EXPECT_EQ(teams[0].width, 1);
}

}  // namespace
}  // namespace overtake
