#include "runner/position_bins.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Bins = std::vector<std::int64_t>;

TEST(PositionBins, double_in_width) { EXPECT_EQ(position_bins(16, 16), (Bins{0, 1, 2, 4, 8})); }

TEST(PositionBins, have_an_edge_at_the_train_length) {
    EXPECT_EQ(position_bins(16, 6), (Bins{0, 1, 2, 4, 6, 8}));
    EXPECT_EQ(position_bins(16, 8), (Bins{0, 1, 2, 4, 8}));
}

TEST(PositionBins, of_one_position_are_one_bin) { EXPECT_EQ(position_bins(1, 128), (Bins{0})); }

}  // namespace
}  // namespace overtake
