// Holm's correction, by hand.
#include "analysis/family.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

TEST(Holm, multiplies_by_the_number_left_and_never_decreases) {
    // Ascending 0.01, 0.02, 0.03, 0.4: times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.4.
    std::vector<double> p{0.03, 0.01, NAN, 0.4, 0.02};
    std::vector<double> adjusted = holm(p);
    EXPECT_NEAR(adjusted[0], 0.06, 1e-12);
    EXPECT_NEAR(adjusted[1], 0.04, 1e-12);
    EXPECT_TRUE(std::isnan(adjusted[2]));
    EXPECT_NEAR(adjusted[3], 0.4, 1e-12);
    EXPECT_NEAR(adjusted[4], 0.06, 1e-12);
    EXPECT_EQ(holm(std::vector<double>{0.7, 0.8})[0], 1);
}

TEST(Family, says_which_claims_do_not_survive) {
    Comparison a, b;
    a.baseline = b.baseline = "rope";
    a.challenger = "fire";
    b.challenger = "t5";
    a.relation = b.relation = Relation::trails;
    a.verdict = b.verdict = Verdict::none;
    a.low_log10_flops = b.low_log10_flops = 15;
    a.high_log10_flops = b.high_log10_flops = 17;
    a.band.gap = b.band.gap = {0.01, 0.004};
    a.p_value = 0.001;
    b.p_value = 0.06;
    Comparison* both[] = {&a, &b};
    adjust_family(both);
    EXPECT_TRUE(a.survives_holm);
    EXPECT_DOUBLE_EQ(a.p_holm, 0.002);
    EXPECT_EQ(a.sentence, "fire never overtakes rope within C = 10^15.0 to 10^17.0 FLOPs, compute-optimal: nowhere ahead by more than 0.002 nats per token "
                          "(95 %), 0.010 nats behind at the low end and 0.004 behind at the high end.");
    EXPECT_FALSE(b.survives_holm);
    EXPECT_EQ(b.family_size, 2U);
    EXPECT_NE(b.sentence.find("; as one of 2 comparisons it does not survive Holm's correction (p = 0.06)."), std::string::npos) << b.sentence;
}

}  // namespace
}  // namespace overtake
