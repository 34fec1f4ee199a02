// Hand-fixed constants: counts by hand for a scheme of each kind, sums of parts, and that exceptions name real entries.
#include "sweeps/hand_fixed_constants.hpp"

#include <gtest/gtest.h>

#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

TEST(HandFixedConstants, by_hand) {
    EXPECT_EQ(hand_fixed_constants("none"), 0);
    EXPECT_EQ(hand_fixed_constants("learned"), 0);
    EXPECT_EQ(hand_fixed_constants("rope"), 1);          // base
    EXPECT_EQ(hand_fixed_constants("p-rope"), 2);        // base, share of frequencies
    EXPECT_EQ(hand_fixed_constants("t5"), 2);            // buckets, largest distance
    EXPECT_EQ(hand_fixed_constants("alibi"), 1);
    EXPECT_EQ(hand_fixed_constants("learned-rope"), 0);  // its base is a start
    EXPECT_EQ(hand_fixed_constants("fire"), 0);
}

TEST(HandFixedConstants, of_a_name_in_results_is_the_sum_of_its_parts) {
    EXPECT_EQ(hand_fixed_constants("rope+pi-x4"), 2);
    EXPECT_EQ(hand_fixed_constants("rope+ntk-by-parts-x4"), 4);  // not ntk's 1
    EXPECT_EQ(hand_fixed_constants("rope+yarn-x4-tuned-2%[beta_fast=16]"), 5);
    EXPECT_EQ(hand_fixed_constants("learned+randomised"), 1);
    EXPECT_EQ(hand_fixed_constants("rope[base=500000]+yarn-x4"), 5);
    EXPECT_EQ(hand_fixed_constants("rope+trained-at-4096"), 1);
    EXPECT_EQ(hand_fixed_constants("mlstm"), -1);
    EXPECT_EQ(hand_fixed_constants(""), -1);
}

TEST(HandFixedConstants, are_known_of_every_entry) {
    for (const SchemeInfo& info : position_schemes()) {
        EXPECT_GE(hand_fixed_constants(info.name), 0) << info.name;
        EXPECT_LE(hand_fixed_constants(info.name), 8) << info.name;
    }
}

}  // namespace
}  // namespace overtake
