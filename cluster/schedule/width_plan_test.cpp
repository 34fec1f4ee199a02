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
    ReadyQueue ready({0, 1, 2});
    for (const std::size_t stage : {0, 1, 2}) {
        ready.insert(stage);
    }
    const std::vector<double> path_s{50, 20, 8};
    const auto with_ends = choose_teams(ready, stages, widths, path_s, {{10.0, {7, 1, 0}}}, {0, 1}, true);
    ASSERT_EQ(with_ends.size(), 1u);
    EXPECT_EQ(with_ends[0].stage, 2u);
    const auto with_spare = choose_teams(ready, stages, widths, path_s, {{10.0, {7, 2, 0}}}, {0, 1}, true);
    ASSERT_EQ(with_spare.size(), 1u);
    EXPECT_EQ(with_spare[0].stage, 1u) << "a rank more than the first needs is free at its date";
}

TEST(ChooseTeams, starts_narrower_what_ends_sooner_so) {
    const std::vector<PlannedStage> stages{stage_of(100, 1)};
    ReadyQueue ready(std::vector<std::uint32_t>{0});
    ready.insert(0);
    const auto teams = choose_teams(ready, stages, std::vector<int>{2}, std::vector<double>{50}, {{60.0, {7, 1, 0}}}, {0, 1}, true);
    ASSERT_EQ(teams.size(), 1u) << "100 s now against 60 + 50 s";
    EXPECT_EQ(teams[0].width, 1);
}

}  // namespace
}  // namespace overtake
