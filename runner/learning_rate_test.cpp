#include "runner/learning_rate.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

TrialConfig config() {
    TrialConfig config;
    config.optimizer.learning_rate = 0.01;
    config.schedule.warmup_steps = 10;
    config.schedule.cooldown_fraction = 0.2;
    config.total_steps = 100;
    return config;
}

TEST(TrunkLearningRate, warms_up_linearly_then_stays) {
    EXPECT_DOUBLE_EQ(trunk_learning_rate(config(), 0), 0.001);
    EXPECT_DOUBLE_EQ(trunk_learning_rate(config(), 4), 0.005);
    EXPECT_DOUBLE_EQ(trunk_learning_rate(config(), 9), 0.01);
    EXPECT_DOUBLE_EQ(trunk_learning_rate(config(), 5000), 0.01);
}

TEST(TrunkLearningRate, knows_nothing_of_the_budget) {
    TrialConfig longer = config();
    longer.total_steps = 100000;
    for (std::int64_t step = 0; step < 20; ++step) {
        EXPECT_EQ(trunk_learning_rate(config(), step), trunk_learning_rate(longer, step));
    }
}

TEST(CooldownLearningRate, falls_linearly_to_zero_after_the_last_step) {
    EXPECT_DOUBLE_EQ(cooldown_learning_rate(config(), 80), 0.01 * 20 / 21);
    EXPECT_DOUBLE_EQ(cooldown_learning_rate(config(), 99), 0.01 * 1 / 21);
    EXPECT_DOUBLE_EQ(cooldown_learning_rate(config(), 100), 0.0);
}

TEST(CosineLearningRate, ends_at_a_tenth_of_the_peak) {
    EXPECT_DOUBLE_EQ(cosine_learning_rate(config(), 0), 0.001);
    EXPECT_DOUBLE_EQ(cosine_learning_rate(config(), 10), 0.01);
    EXPECT_NEAR(cosine_learning_rate(config(), 55), 0.0055, 1e-12);
    EXPECT_NEAR(cosine_learning_rate(config(), 100), 0.001, 1e-12);
}

TEST(LearningRate, TuningWarmsUpOverATenthAndFallsToZero) {
    EXPECT_DOUBLE_EQ(tuning_learning_rate(0.005, 0, 20), 0.0025);  // half of 0.005: two steps of warm-up
    EXPECT_DOUBLE_EQ(tuning_learning_rate(0.005, 1, 20), 0.005);
    EXPECT_DOUBLE_EQ(tuning_learning_rate(0.005, 10, 20), 0.005 * 10 / 19);
    EXPECT_DOUBLE_EQ(tuning_learning_rate(0.005, 19, 20), 0.005 / 19);
    EXPECT_DOUBLE_EQ(tuning_learning_rate(0.005, 0, 1), 0.005);
}

}  // namespace
}  // namespace overtake
