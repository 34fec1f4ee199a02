#include "runner/long_windows.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

// Bins of length 8 are [0, 1), [1, 2), [2, 4), [4, 8). Scored: 0, 1, 2, 3 and, of the last, 4 and 6 as blocks of one.
const std::vector<PositionRange> scored{{0, 4}, {4, 5}, {6, 7}};

TEST(LongWindows, WeighBinsByTheirWidth) {
    const Evaluation e = summarise_scored({8, 6, 5, 3, 2, 4}, 1, scored, 8, 4, 1);
    EXPECT_EQ(e.context_length, 8);
    EXPECT_EQ(e.tokens, 6);
    EXPECT_EQ(e.position_begin, (std::vector<std::int64_t>{0, 1, 2, 4}));
    EXPECT_EQ(e.position_loss, (std::vector<double>{8, 6, 4, 3}));
    EXPECT_DOUBLE_EQ(e.loss, (8 + 6 + 2 * 4 + 4 * 3) / 8.0);
    EXPECT_DOUBLE_EQ(e.loss_beyond_train, 3);
    // Two blocks a bin: variance 2 of 5 and 3, and of 2 and 4; over two blocks: 1 each. Widths 2 and 4 of 8.
    EXPECT_DOUBLE_EQ(e.standard_error, std::sqrt(4.0 + 16.0) / 8);
}

TEST(LongWindows, PoolWindows) {
    const Evaluation e = summarise_scored({8, 6, 5, 3, 2, 4, 10, 4, 5, 3, 4, 2}, 2, scored, 8, 100, 4);
    EXPECT_EQ(e.tokens, 12);
    EXPECT_EQ(e.position_loss, (std::vector<double>{9, 5, 4, 3}));
    EXPECT_TRUE(std::isnan(e.loss_beyond_train));
}

TEST(LongWindows, SayWhereNothingWasScored) {
    const std::vector<PositionRange> sparse{{0, 2}, {4, 5}};
    const Evaluation e = summarise_scored({8, 6, 2}, 1, sparse, 8, 4, 1);
    EXPECT_TRUE(std::isnan(e.position_loss[2]));
    EXPECT_DOUBLE_EQ(e.loss, (8 + 6 + 4 * 2) / 6.0);  // over the widths that were scored
}

}  // namespace
}  // namespace overtake
