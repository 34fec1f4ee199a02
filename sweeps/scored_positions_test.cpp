#include "sweeps/scored_positions.hpp"

#include <gtest/gtest.h>

#include "sweeps/counts.hpp"

namespace overtake {
namespace {

using Ranges = std::vector<PositionRange>;

TEST(ScoredPositions, takes_blocks_from_each_doubling) {
    EXPECT_EQ(scored_positions(5, 1, 8), (Ranges{{0, 5}}));
    // Doublings up to [4, 8) are whole; [8, 16) has middle 12, [16, 32) middle 24, the rest [32, 40) middle 36.
    EXPECT_EQ(scored_positions(40, 1, 4), (Ranges{{0, 8}, {10, 14}, {22, 26}, {34, 38}}));
    // Two blocks in [16, 32): around 20 and 28.
    EXPECT_EQ(scored_positions(32, 2, 4), (Ranges{{0, 16}, {18, 22}, {26, 30}}));
    EXPECT_EQ(scored_positions(1000, 0, 4), (Ranges{{0, 1000}}));
}

TEST(ScoredPositions, of_two_million_are_a_few_thousand) {
    std::int64_t scored = 0;
    for (const PositionRange& range : scored_positions(2097152, 4, 64)) {
        scored += range.end - range.begin;
    }
    EXPECT_EQ(scored, 256 + 13 * 256);
}

TrialConfig config(std::int64_t layers) {
    TrialConfig config;
    config.model = {.layers = layers, .width = 8, .heads = 2, .mlp_width = 16, .vocabulary = 32};
    config.position = {"none", {}};
    config.evaluation.lengths = {64};
    config.evaluation.tokens = 128;
    return config;
}

// One layer: 64 positions through 3 D^2 weights, 4 scored ones through the rest; [0, 4) see 1 + 2 + 3 + 4 keys.
TEST(ScoredPositions, cost_what_their_keys_cost) {
    TrialConfig one = config(1);
    one.evaluation.scored_blocks = 0;
    const double all = blockwise_flops(one, 4);
    EXPECT_DOUBLE_EQ(all, 4 * 6 * 64 + 4 * 2 * (64 + 2 * 8 * 16) + 4 * 8 * 10 + 4 * 2 * 32 * 8);
    EXPECT_DOUBLE_EQ(all, 4 * forward_flops_per_token(one.model, one.position, 4));
    TrialConfig two = config(2);
    two.evaluation.scored_blocks = 0;
    EXPECT_DOUBLE_EQ(blockwise_flops(two, 64), 64 * forward_flops_per_token(two.model, two.position, 64));
}

TEST(EvaluationCost, adds_what_is_asked_for) {
    TrialConfig plain = config(1);
    EXPECT_EQ(evaluation_cost(plain).tokens, 128);
    EXPECT_DOUBLE_EQ(evaluation_cost(plain).flops, 128 * forward_flops_per_token(plain.model, plain.position, 64));
    TrialConfig more = plain;
    more.evaluation.sliding_stride = 32;         // 4 windows of 64
    more.evaluation.tasks = {"copy", "needle"};  // 16 windows, 5 depths of 16
    EXPECT_EQ(evaluation_cost(more).tokens, 128 + 4 * 64 + 16 * 64 + 80 * 64);
}

}  // namespace
}  // namespace overtake
