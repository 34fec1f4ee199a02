// Paths through compute, roots between them, effective compute and the plane of equality.
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/band.hpp"
#include "analysis/effective_compute.hpp"
#include "analysis/equality_curve.hpp"
#include "analysis/planted_pairs.hpp"
#include "analysis/roots.hpp"

namespace overtake {
namespace {

const PowerLaw base{1.8, 480, 2100, 0.35, 0.37};
const CostLaw cost{5, 1.02, 0.99};

TEST(PathLaw, agrees_with_the_points_of_the_path) {
    PathLaw best = frontier_path(base, cost), ray = ray_path(base, cost, 20);
    for (double x : {14.0, 17.3, 21.0}) {
        EXPECT_NEAR(best.loss(x), frontier(base, cost, std::pow(10.0, x)).loss, 1e-12);
        EXPECT_NEAR(ray.loss(x), fixed_ratio(base, cost, std::pow(10.0, x), 20).loss, 1e-12);
        for (const PathLaw& path : {best, ray}) {
            EXPECT_NEAR(path.slope(x), (path.loss(x + 1e-5) - path.loss(x - 1e-5)) / 2e-5, 1e-8);
            EXPECT_NEAR(path.log10_flops_for(path.loss(x)), x, 1e-8);
            EXPECT_TRUE(std::isinf(path.log10_flops_for(1.8)));
        }
    }
    EXPECT_TRUE(std::isnan(frontier_path({1.8, 480, 2100, -0.1, 0.37}, cost).loss(17)));
}

TEST(FindRoots, take_few_values_where_gaps_are_smooth_and_a_bisections_where_they_are_not) {
    // A scan of 41 values over the decade, then 1 / 40 decade to 1e-10: 28 halvings.
    struct Case {
        GapFunction gap;
        double root;
        int most;
    };
    const std::vector<Case> cases{{[](double x) { return std::exp(-0.2 * x) - std::exp(-0.3 * x + 0.1617); }, 1.617, 41 + 12},
                                  {[](double x) { return x < 1.6170001 ? 1.0 : -1e-9; }, 1.6170001, 41 + 30},
                                  {[](double x) { return std::pow(x - 1.6170001, 9); }, 1.6170001, 41 + 30},
                                  {[](double x) { return x < 1.6170001 ? -1e-300 : x < 1.618 ? NAN : 1.0; }, 1.6170001, 41 + 30}};
    for (const Case& c : cases) {
        int values = 0;
        const std::vector<Root> roots = find_roots([&](double x) { return ++values, c.gap(x); }, 1, 2);
        ASSERT_EQ(roots.size(), 1U) << c.root;
        if (std::isfinite(c.gap(1.6175))) {
            EXPECT_NEAR(roots[0].log10_flops, c.root, 1e-9);
        }
        EXPECT_LE(values, c.most);
    }
}

TEST(PathRoots, are_those_that_were_planted) {
    for (const PlantedPair& pair : planted_pairs()) {
        auto roots = path_roots(frontier_path(pair.baseline, {}), frontier_path(pair.challenger, {}), 13, 20.3);
        ASSERT_EQ(roots.size(), pair.crossings.size()) << pair.name;
        for (std::size_t i = 0; i < roots.size(); ++i) {
            EXPECT_NEAR(roots[i].log10_flops, pair.crossings[i], 1e-4) << pair.name;
        }
    }
}

TEST(SimultaneousBand, by_hand) {
    // 100 draws -50 .. 49 at one point, twice that at the other: spreads in proportion, largest multiples equal.
    std::vector<std::vector<double>> draws;
    for (int i = -50; i < 50; ++i) {
        draws.push_back({i + 0.5, 2 * (i + 0.5)});
    }
    draws.push_back({NAN, 0});
    SimultaneousBand band = simultaneous_band(draws, 0.95);
    EXPECT_NEAR(band.spread[1] / band.spread[0], 2, 1e-12);
    EXPECT_NEAR(band.spread[0], 0.6827 * 99 / 2, 0.01);
    EXPECT_NEAR(band.critical * band.spread[0], 0.95 * 50, 1);
    EXPECT_EQ(band.largest.size(), 100U);
    EXPECT_NEAR(band.exceedance(49 / band.spread[0]), 3.0 / 101, 1e-12);  // -49.5 and 49.5
    EXPECT_NEAR(band.exceedance(1000), 1.0 / 101, 1e-12);
}

TEST(EffectiveCompute, of_laws_that_differ_by_a_constant_factor_of_compute) {
    // A and B times 1.05, equal exponents: the baseline needs 1.05^(1/g) times less compute, g = alpha beta / (alpha + beta).
    const PowerLaw above{1.8, 480 * 1.05, 2100 * 1.05, 0.35, 0.37};
    std::vector<PowerLaw> of_base(50, base), of_above(50, above);
    LawEvidence b{"rope", base, of_base, {}, {}, {}, {}, 14, 19, 2e6, 2e8}, c{"fire", above, of_above, {}, {}, {}, {}, 14, 19, 2e6, 2e8};
    std::vector<double> grid{15, 18};
    const SimultaneousBand narrow{{1e-12, 1e-12}, {}, 2};
    EffectiveCompute curve = effective_compute({b, c}, grid, narrow);
    double expected = -std::log10(1.05) * (0.35 + 0.37) / (0.35 * 0.37);
    EXPECT_NEAR(curve.log10_multiplier[0], expected, 1e-9);
    EXPECT_NEAR(curve.log10_multiplier[1], expected, 1e-9);
    EXPECT_EQ(effective_compute_sentence(curve, "rope", "fire", 0.95),
              "At C = 10^18.0 FLOPs of fire, rope needs 24 % fewer FLOPs for the same loss [24 % fewer, 24 % fewer] (95 % band).");
    EffectiveCompute never = effective_compute({c, {"low", {1.5, 480, 2100, 0.35, 0.37}, of_base, {}, {}, {}, {}, 14, 19, 2e6, 2e8}}, std::vector<double>{22}, {{1e-3}, {}, 2});
    EXPECT_TRUE(std::isinf(never.log10_multiplier[0]));
    EXPECT_NEAR(never.low[0], 3, 0.01) << "surely more than that";
    EXPECT_TRUE(std::isinf(never.high[0]));
    // With 0.02 nats either way at C = 10^18: computes at which the baseline has the other's loss plus and minus that.
    EffectiveCompute wide = effective_compute({b, c}, grid, {{0.01, 0.01}, {}, 2});
    const auto compute_for = [&](double loss) { return PathLaw(frontier_path(base, {})).log10_flops_for(loss) - 18; };
    const double loss = frontier(above, {}, 1e18).loss;
    EXPECT_NEAR(wide.low[1], compute_for(loss + 0.02), 2e-5);
    EXPECT_NEAR(wide.high[1], compute_for(loss - 0.02), 2e-5);
    EXPECT_TRUE(std::isinf(effective_compute({b, c}, grid, {{1, 1}, {}, 2}).high[1])) << "every larger compute";
}

TEST(ZeroLines, join_pieces_of_circles_and_straight_lines) {
    std::vector<double> x, y, circle, upright;
    for (int i = 0; i <= 20; ++i) {
        x.push_back(-2 + 0.2 * i);
        y.push_back(-2 + 0.2 * i);
    }
    for (double a : x) {
        for (double b : y) {
            circle.push_back(a * a + b * b - 1);
            upright.push_back(a - 0.33);
        }
    }
    auto ring = zero_lines(x, y, circle);
    ASSERT_EQ(ring.size(), 1U);
    EXPECT_EQ(ring[0].front().log10_parameters, ring[0].back().log10_parameters);
    for (const PlanePoint& p : ring[0]) {
        EXPECT_NEAR(std::hypot(p.log10_parameters, p.log10_tokens), 1, 0.02);
    }
    auto line = zero_lines(x, y, upright);
    ASSERT_EQ(line.size(), 1U);
    EXPECT_EQ(line[0].size(), 21U);
    EXPECT_NEAR(line[0][7].log10_parameters, 0.33, 1e-12);
}

TEST(EqualityCurve, is_upright_where_the_schemes_differ_in_size_alone) {
    // 480 N^-0.35 = 930 N^-0.39 at N = (930 / 480)^(1 / 0.04) = 10^7.181.
    const PowerLaw steeper{1.8, 930, 2100, 0.39, 0.37};
    std::vector<PowerLaw> of_base(40, base), of_steeper(40, steeper);
    LawEvidence b{"rope", base, of_base, {}, {}, {}, {}, 14, 19, 2e6, 2e8}, c{"fire", steeper, of_steeper, {}, {}, {}, {}, 14, 19, 2e6, 2e8};
    EqualityCurve curve = equality_curve(b, c, {{6.3, 7}, {8.3, 10.2}}, 0.95);
    ASSERT_EQ(curve.equal.size(), 1U);
    for (const PlanePoint& p : curve.equal[0]) {
        EXPECT_NEAR(p.log10_parameters, 7.181, 0.005);
    }
    EXPECT_NEAR(curve.share_challenger_ahead, (8.3 - 7.181) / 2, 0.02);
    EXPECT_NEAR(curve.share_baseline_ahead, (7.181 - 6.3) / 2, 0.02);
}

}  // namespace
}  // namespace overtake
