#include "cluster/schedule/shared_days.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Sentences = std::vector<std::string>;

/// One trunk of 2,000 s on one rank, and a cooldown of 200 s behind it.
SharedDay one_trunk() {
    SharedDay day;
    Stage trunk, child;
    trunk.id = "trunk";
    trunk.end_step = 1000;
    trunk.flops = 1e13;
    child.id = "child";
    child.parent = "trunk";
    child.kind = StageKind::cooldown;
    child.begin_step = 1000;
    child.end_step = 1100;
    child.flops = 1e12;
    day.forest.stages = {trunk, child};
    day.factors = {1, 1};
    day.fails = {false, false};
    return day;
}

std::size_t not_recorded(const SharedRun& run) {
    return static_cast<std::size_t>(
        std::count_if(run.attempts.begin(), run.attempts.end(), [](const auto& attempt) { return !attempt.recorded; }));
}

TEST(SharedDays, give_each_stage_to_one_member_while_all_move) {
    const SharedDay day = one_trunk();
    const SharedRun run = simulate_shared(day);
    EXPECT_EQ(broken_promises(day, run), Sentences{});
    EXPECT_EQ(run.attempts.size(), 2u);
    EXPECT_NEAR(run.attempts[0].end_s, 2000.2, 0.01);
}

TEST(SharedDays, take_over_from_who_is_cut_off_and_discard_what_comes_late) {
    SharedDay day = one_trunk();
    const std::size_t holder = simulate_shared(day).attempts[0].member;
    day.cut_offs = {{holder, 1000, 1050}};
    EXPECT_EQ(simulate_shared(day).attempts.size(), 2u) << "shorter than the patience";
    day.cut_offs = {{holder, 1000, 1500}};
    SharedRun run = simulate_shared(day);
    EXPECT_EQ(broken_promises(day, run), Sentences{});
    EXPECT_EQ(not_recorded(run), 1u);
    EXPECT_EQ(run.attempts[0].member, holder);
    EXPECT_NEAR(run.attempts[0].end_s, 1500, 20) << "told to stop at its first look";
    EXPECT_NE(run.attempts[1].member, holder);
    EXPECT_GT(run.attempts[1].begin_s, 1090);
    EXPECT_LT(run.attempts[1].end_s, 2200) << "from the checkpoint";
    day.cut_offs = {{holder, 1000, 9000}};
    run = simulate_shared(day);
    EXPECT_EQ(broken_promises(day, run), Sentences{});
    EXPECT_EQ(not_recorded(run), 1u) << "it was done at 2,000 s, but its lease is long another's";
}

TEST(SharedDays, outlive_a_member) {
    SharedDay day = one_trunk();
    day.first_dies_s = 0.5;
    for (day.seed = 0; day.seed < 10; ++day.seed) {
        EXPECT_EQ(broken_promises(day, simulate_shared(day)), Sentences{}) << day.seed;
    }
}

TEST(SharedDays, name_what_was_broken) {
    const SharedDay day = one_trunk();
    const double never = std::numeric_limits<double>::infinity();
    SharedRun healthy;
    healthy.attempts = {{0, 0, 0, 10, true, false}, {1, 1, 10, 20, true, false}};
    healthy.leases = {{0, 1, 0, 0, never}, {1, 1, 1, 10, never}};
    EXPECT_EQ(broken_promises(day, healthy), Sentences{});
    SharedRun run = healthy;
    run.never_left = {1};
    EXPECT_EQ(broken_promises(day, run), Sentences{"never left: member 1"});
    run = healthy;
    run.attempts.push_back({0, 1, 10, 30, true, false});
    EXPECT_EQ(broken_promises(day, run), Sentences{"recorded twice: child"});
    run = healthy;
    run.attempts.pop_back();
    EXPECT_EQ(broken_promises(day, run), Sentences{"lost: child"});
    run = healthy;
    run.attempts[1].begin_s = 9;
    EXPECT_EQ(broken_promises(day, run), Sentences{"before its parent: child"});
    run = healthy;
    run.attempts[0].failed = true;
    EXPECT_EQ(broken_promises(day, run), Sentences{"before its parent: child"}) << "below a failed one: never";
    run = healthy;
    run.leases.push_back({0, 1, 1, 5, never});
    EXPECT_EQ(broken_promises(day, run), Sentences{"a generation of a lease twice: trunk"});
    run.leases.back() = {0, 2, 1, 5, 89};
    EXPECT_EQ(broken_promises(day, run), Sentences{"taken from a member that moved: trunk"});
    run.leases.back() = {0, 2, 1, 5, 91};
    EXPECT_EQ(broken_promises(day, run), Sentences{});
}

TEST(SharedDays, are_survived_from_many_seeds) {
    std::size_t discarded = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const SharedDay day = shared_day(seed);
        const SharedRun run = simulate_shared(day);
        ASSERT_EQ(broken_promises(day, run), Sentences{}) << "seed " << seed;
        discarded += not_recorded(run);
    }
    EXPECT_GT(discarded, 20u) << "members are cut off";
}

}  // namespace
}  // namespace overtake
