// The line through paired differences: worked by hand, and its band's coverage on planted lines.
#include "analysis/gap_line.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// Both schemes at 10^x FLOPs, one cell each x, the challenger off by gaps[i].
std::pair<std::vector<Observation>, std::vector<Observation>> points(const std::vector<double>& log10_flops, const std::vector<double>& gaps) {
    std::pair<std::vector<Observation>, std::vector<Observation>> out;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        Observation o;
        o.cell = std::to_string(i);
        o.flops = std::pow(10.0, log10_flops[i]);
        o.loss = 3;
        out.first.push_back(o);
        o.loss = 3 + gaps[i];
        out.second.push_back(o);
    }
    return out;
}

TEST(GapLine, by_hand) {
    // x = 16..19, gaps 3 1 1 -1: centre 17.5, level 1, slope -6/5; residuals .2 -.6 .6 -.2, their squares .8, so s^2 = .4.
    const auto [base, challenger] = points({16, 17, 18, 19}, {3, 1, 1, -1});
    const std::optional<GapLine> line = fit_gap_line(base, challenger, 0.95);
    ASSERT_TRUE(line);
    EXPECT_NEAR(line->level, 1, 1e-12);
    EXPECT_NEAR(line->slope, -1.2, 1e-12);
    EXPECT_NEAR(line->residual, std::sqrt(0.4), 1e-12);
    EXPECT_NEAR(line->slope_interval.high, -1.2 + 4.30265 * std::sqrt(0.4 / 5), 1e-4);
    EXPECT_NEAR(line->level_interval.low, 1 - 4.30265 * std::sqrt(0.4 / 4), 1e-4);
    // F(2, 2) at 5 % is 19: half width at the centre sqrt(38) s / 2.
    EXPECT_NEAR(line->band(17.5).high, 1 + std::sqrt(38.0) * std::sqrt(0.4) / 2, 1e-9);
    EXPECT_EQ(relation_of(*line, 0.002), Relation::not_determined);
}

TEST(GapLine, needs_four_cells_and_two_computes) {
    const auto [few, fewer] = points({16, 17, 18}, {1, 2, 3});
    EXPECT_FALSE(fit_gap_line(few, fewer, 0.95));
    const auto [same, challenger] = points({16, 16, 16, 16}, {1, 2, 3, 4});
    EXPECT_FALSE(fit_gap_line(same, challenger, 0.95));
}

TEST(GapLine, shows_each_relation) {
    const auto relation = [](const std::vector<double>& gaps) {
        const auto [base, challenger] = points({16, 17, 18, 19, 20}, gaps);
        return relation_of(*fit_gap_line(base, challenger, 0.95), 0.002);
    };
    EXPECT_EQ(relation({0.02, 0.0101, 0, -0.0101, -0.02}), Relation::overtakes);
    EXPECT_EQ(relation({-0.02, -0.0101, 0, 0.0101, 0.02}), Relation::overtaken);
    EXPECT_EQ(relation({-0.02, -0.0201, -0.02, -0.0201, -0.02}), Relation::leads);
    EXPECT_EQ(relation({0.02, 0.0201, 0.02, 0.0201, 0.02}), Relation::trails);
    EXPECT_EQ(relation({0.0001, 0, 0.0001, 0, 0.0001}), Relation::equivalent);
    EXPECT_EQ(relation({0.02, -0.02, 0.02, -0.02, 0.02}), Relation::not_determined);
}

TEST(GapLine, band_holds_the_whole_line_in_95_of_100_studies) {
    const std::vector<double> x{16, 16.5, 17, 17.5, 18, 18.5, 19, 19.5};
    int held = 0;
    constexpr int studies = 4000;
    for (int k = 0; k < studies; ++k) {
        RandomStream random(5, static_cast<std::uint64_t>(k));
        std::vector<double> gaps;
        for (const double at : x) {
            gaps.push_back(0.01 - 0.005 * (at - 17) + 0.002 * random.normal());
        }
        const auto [base, challenger] = points(x, gaps);
        const GapLine line = *fit_gap_line(base, challenger, 0.95);
        bool inside = true;
        for (double at = -100; at <= 140; at += 0.25) {  // far beyond the data, too: the band is for the line, not for a stretch of it
            const Interval band = line.band(at);
            const double truth = 0.01 - 0.005 * (at - 17);
            inside = inside && band.low <= truth && truth <= band.high;
        }
        held += inside ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(held) / studies, 0.95, 0.012);
}

}  // namespace
}  // namespace overtake
