#include "runner/progress_watch.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// Looks five times a second until `until_s`; answers what was found first.
std::optional<Hang> look_until(ProgressWatch& watch, double& now_s, double until_s) {
    for (; now_s <= until_s; now_s += 0.2) {
        if (const auto hang = watch.look(now_s)) {
            return hang;
        }
    }
    return std::nullopt;
}

TEST(ProgressWatch, accuses_a_training_stage_after_the_floor_or_ten_of_its_own_gaps) {
    ProgressWatch watch(30);
    double now = 0;
    watch.on_assigned(4, 1);
    watch.on_sign(4, Pace::long_work);
    for (int shard = 1; shard <= 10; ++shard) {
        EXPECT_FALSE(look_until(watch, now, shard * 2.0));
        watch.on_sign(4, Pace::steps);
    }
    const auto hang = look_until(watch, now, 1000);
    ASSERT_TRUE(hang);
    EXPECT_EQ(hang->stage, 4u);
    EXPECT_NEAR(now, 20 + 30, 0.5);

    ProgressWatch slow(30);
    now = 0;
    slow.on_assigned(4, 1);
    slow.on_sign(4, Pace::long_work);
    for (int shard = 1; shard <= 3; ++shard) {
        EXPECT_FALSE(look_until(slow, now, shard * 20.0));
        slow.on_sign(4, Pace::steps);
    }
    ASSERT_TRUE(look_until(slow, now, 1000));
    EXPECT_NEAR(now, 60 + 200, 1);
}

TEST(ProgressWatch, gives_the_first_shard_and_long_work_more_time) {
    ProgressWatch watch(30);
    double now = 0;
    watch.on_assigned(0, 100);
    watch.on_sign(0, Pace::long_work);
    EXPECT_FALSE(look_until(watch, now, 999));
    ASSERT_TRUE(look_until(watch, now, 1002));

    ProgressWatch writing(30);
    now = 0;
    writing.on_assigned(0, 1);
    writing.on_sign(0, Pace::long_work);
    (void)look_until(writing, now, 1);
    writing.on_sign(0, Pace::steps);
    (void)look_until(writing, now, 2);
    writing.on_sign(0, Pace::steps);
    writing.on_sign(0, Pace::long_work);
    EXPECT_FALSE(look_until(writing, now, 300)) << "a checkpoint may take its time";
    writing.on_sign(0, Pace::steps);
    ASSERT_TRUE(look_until(writing, now, 1000)) << "and says nothing of the steps after it";
    EXPECT_NEAR(now, 300 + 30, 0.5);
}

TEST(ProgressWatch, accuses_a_team_that_never_took_its_stage_and_ranks_that_never_ask) {
    ProgressWatch watch(30);
    double now = 0;
    watch.on_assigned(7, 100);
    ASSERT_TRUE(look_until(watch, now, 1000));
    EXPECT_NEAR(now, 30, 0.5);
    watch.on_ended(7);
    const auto hang = look_until(watch, now, 1000);
    ASSERT_TRUE(hang);
    EXPECT_FALSE(hang->stage);
    EXPECT_NEAR(now, 30 + 300, 1);
}

TEST(ProgressWatch, does_not_count_a_pause_of_the_whole_program) {
    ProgressWatch watch(30);
    double now = 0;
    watch.on_assigned(0, 1);
    (void)watch.look(0);
    EXPECT_FALSE(watch.look(3600));
    now = 3600;
    ASSERT_TRUE(look_until(watch, now, 5000));
    EXPECT_NEAR(now, 3600 + 29, 1);
}

}  // namespace
}  // namespace overtake
