#include "cluster/schedule/lower_bound.hpp"

#include <random>

#include <gtest/gtest.h>

#include "cluster/schedule/width_plan.hpp"

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

TEST(LowerBound, knows_that_two_poles_do_not_share_a_rank) {
    // Three stages of 60 s that no width shortens, on two ranks: 90 s of work each, but one rank must take two of them.
    const std::vector<PlannedStage> poles(3, stage_of(60, 0));
    EXPECT_DOUBLE_EQ(lower_bound(poles, 2).simple_s(), 90);
    EXPECT_NEAR(lower_bound(poles, 2).sharp_s, 120, 0.02);
    // Two of 60 s, then three of 40 s: a rank that runs one of 60 s has no room for one of 40 s below 100 s.
    std::vector<PlannedStage> mixed(2, stage_of(60, 0));
    mixed.resize(5, stage_of(40, 0));
    EXPECT_DOUBLE_EQ(lower_bound(mixed, 3).simple_s(), 80);
    EXPECT_NEAR(lower_bound(mixed, 3).sharp_s, 100, 0.02) << "below it the third rank would take all three of 40 s: 120 s";
    EXPECT_DOUBLE_EQ(plan_widths(mixed, 3).makespan_s, 100);
}

TEST(LowerBound, shares_the_time_of_a_path_among_its_stages) {
    // Either stage alone may stay on one rank (100 + 62.5 s); both may not, if the path is to end by 170 s.
    const std::vector<PlannedStage> chain{stage_of(100, 1, 0.8), stage_of(100, 1, 0.8, 0), stage_of(140, 0), stage_of(40, 0)};
    const double bound_s = lower_bound(chain, 2 + 1).sharp_s;
    EXPECT_GT(bound_s, (200 + 180) / 3.0 + 5);
    EXPECT_LE(bound_s, 162.5);
}

TEST(LowerBound, is_never_above_a_schedule_that_exists) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        std::mt19937_64 random(seed);
        const auto draw = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1)); };
        std::vector<PlannedStage> stages;
        for (int i = draw(1, 14); i > 0; --i) {
            const std::size_t parent = !stages.empty() && draw(0, 1) == 1 ? static_cast<std::size_t>(draw(0, static_cast<int>(stages.size()) - 1)) : no_stage;
            stages.push_back(stage_of(draw(1, 60), draw(0, 3), 0.01 * draw(50, 100), parent));
        }
        const int ranks = 1 << draw(3, 4);
        const LowerBound bound = lower_bound(stages, ranks);
        const WidthPlan plan = plan_widths(stages, ranks);
        ASSERT_GE(bound.sharp_s, bound.simple_s());
        ASSERT_LE(bound.sharp_s, plan.makespan_s * (1 + 1e-9)) << "seed " << seed;
    }
}

}  // namespace
}  // namespace overtake
