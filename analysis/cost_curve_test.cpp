// Frontiers on a cost that is counted, not a power law: against the closed form where both hold, and against a plain search where one does.
#include "analysis/cost_curve.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/effective_compute.hpp"
#include "analysis/frontier.hpp"
#include "analysis/planted_pairs.hpp"
#include "analysis/roots.hpp"

namespace overtake {
namespace {

const PowerLaw base{1.8, 480, 2100, 0.35, 0.37}, steeper{1.8, 930, 2100, 0.39, 0.37};

/// 6 N D, and `attention` times the FLOPs of causal attention at 2,048 tokens: 6 T width a layer and token, 12 layers width^2 parameters, width 64 a layer.
double counted(double n, double d, double attention) {
    const double layers = std::cbrt(n / (12 * 64 * 64));
    return (6 * n + attention * 6 * layers * 2048 * 64 * layers) * d;
}

std::vector<Observation> grid(double attention, double token_power = 1) {
    std::vector<Observation> out;
    for (const double n : {2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8}) {
        for (const double ratio : {5, 20, 80}) {
            Observation o;
            o.parameters = n;
            o.tokens = ratio * n;
            o.flops = counted(n, o.tokens, attention) * std::pow(o.tokens, token_power - 1);
            out.push_back(o);
        }
    }
    return out;
}

CostLaw on_curve(const std::vector<Observation>& points) {
    CostLaw cost = fit_cost(points, false);
    cost.curve = std::make_shared<const CostCurve>(CostCurve::fit(points).value());
    return cost;
}

/// Lowest loss at C by trying 20,001 sizes with D = C / (C of one token).
FrontierPoint tried(const PowerLaw& law, double flops, double attention) {
    FrontierPoint best{0, 0, INFINITY};
    for (int i = 0; i <= 20000; ++i) {
        const double n = 2e6 * std::pow(100.0, i / 20000.0), d = flops / counted(n, 1, attention);
        if (law.loss(n, d) < best.loss) {
            best = {n, d, law.loss(n, d)};
        }
    }
    return best;
}

TEST(CostCurve, is_the_closed_form_where_cost_is_six_nd) {
    const CostLaw cost = on_curve(grid(0));
    EXPECT_LT(cost.curve->worst_error(), 1e-9);
    EXPECT_NEAR(cost.curve->token_power(), 1, 1e-9);
    const CostLaw closed;
    for (const double flops : {1e14, 1e17, 1e20, 1e23}) {  // the data end at 2e19
        const FrontierPoint numeric = frontier(base, cost, flops), exact = frontier(base, closed, flops);
        EXPECT_NEAR(numeric.parameters / exact.parameters, 1, 1e-6);
        EXPECT_NEAR(numeric.loss, exact.loss, 1e-9);
        EXPECT_NEAR(fixed_ratio(base, cost, flops, 20).parameters / fixed_ratio(base, closed, flops, 20).parameters, 1, 1e-8);
    }
    const std::vector<Root> numeric = path_roots(frontier_path(base, cost), frontier_path(steeper, cost), 13, 21);
    const std::vector<Root> exact = path_roots(frontier_path(base, closed), frontier_path(steeper, closed), 13, 21);
    ASSERT_EQ(numeric.size(), exact.size());
    ASSERT_EQ(numeric.size(), 1U);
    EXPECT_NEAR(numeric[0].log10_flops, exact[0].log10_flops, 1e-7);
}

TEST(CostCurve, finds_the_optimum_where_attention_costs) {
    const std::vector<Observation> points = grid(1);
    const CostLaw cost = fit_cost(points);
    ASSERT_TRUE(cost.curve);                       // 33 % at 2M, 7 % at 200M: no power law
    EXPECT_LT(cost.worst_error, 1e-9);
    EXPECT_GT(fit_cost(points, false).worst_error, 0.01);
    for (const double flops : {1e17, 1e18, 4e18}) {
        const FrontierPoint numeric = frontier(base, cost, flops), best = tried(base, flops, 1);
        EXPECT_NEAR(numeric.parameters / best.parameters, 1, 0.02);
        EXPECT_NEAR(numeric.loss, best.loss, flops < 2e18 ? 3e-5 : 1e-4);  // the spline has no bend at its ends: 0.04 % of C between the two largest sizes
        EXPECT_NEAR(cost.flops(numeric.parameters, numeric.tokens) / flops, 1, 1e-9);
        EXPECT_NEAR(cost.tokens(numeric.parameters, flops) / numeric.tokens, 1, 1e-9);
    }
}

TEST(CostCurve, moves_a_crossing_to_where_a_plain_search_finds_it) {
    // Only the challenger pays for attention.
    const CostLaw of_base = fit_cost(grid(0)), of_other = fit_cost(grid(0.3));
    EXPECT_FALSE(of_base.curve);
    const std::vector<Root> roots = path_roots(frontier_path(base, of_base), frontier_path(steeper, of_other), 14, 20);
    ASSERT_EQ(roots.size(), 1U);
    const double x = roots[0].log10_flops;
    const auto gap = [](double at) { return tried(steeper, std::pow(10.0, at), 0.3).loss - tried(base, std::pow(10.0, at), 0).loss; };
    EXPECT_GT(gap(x - 0.02), 0);
    EXPECT_LT(gap(x + 0.02), 0);
    const std::vector<Root> closed = path_roots(frontier_path(base, of_base), frontier_path(steeper, of_other.closed()), 14, 20);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_GT(std::abs(closed[0].log10_flops - x), 0.005);  // what the power law of cost makes of it
}

TEST(CostCurve, gives_paths_with_slopes_and_inverses) {
    const CostLaw cost = fit_cost(grid(1, 0.97));
    ASSERT_TRUE(cost.curve);
    EXPECT_NEAR(cost.curve->token_power(), 0.97, 1e-6);
    for (const PathLaw& path : {frontier_path(base, cost), ray_path(base, cost, 20)}) {
        for (const double x : {15.0, 17.3, 19.0}) {
            EXPECT_NEAR(path.slope(x), (path.loss(x + 1e-4) - path.loss(x - 1e-4)) / 2e-4, 1e-6);
            EXPECT_NEAR(path.log10_flops_for(path.loss(x)), x, 1e-7);
            EXPECT_TRUE(std::isinf(path.log10_flops_for(1.8)));
        }
    }
}

TEST(CostCurve, scans_where_larger_models_are_cheaper) {
    // Seconds that fall from 5M to 10M and rise after: two places where the condition holds, of which the larger is the better one.
    std::vector<Observation> points = grid(0);
    for (Observation& o : points) {
        o.flops = o.tokens * (o.parameters < 4e6 ? 1.0 : o.parameters < 8e6 ? 1.4 : o.parameters < 1.5e7 ? 0.9 : 0.9 * o.parameters / 1e7);
    }
    const CostLaw cost = on_curve(points);
    EXPECT_LT(cost.curve->worst_error(), 1e-6);
    const FrontierPoint best = frontier(base, cost, 1e9);
    double least = INFINITY;
    for (int i = 0; i <= 4000; ++i) {
        const double n = 1e4 * std::pow(1e7, i / 4000.0);
        least = std::min(least, base.loss(n, cost.tokens(n, 1e9)));
    }
    EXPECT_NEAR(best.loss, least, 1e-6);
}

TEST(CostCurve, needs_three_sizes) {
    std::vector<Observation> points = grid(1);
    std::erase_if(points, [](const Observation& o) { return o.parameters > 6e6; });
    EXPECT_FALSE(CostCurve::fit(points));
    EXPECT_FALSE(fit_cost(points).curve);
}

TEST(NumericRoots, sees_two_inside_one_step_of_its_grid) {
    // On a curve that is straight, so that the closed form tells what is there: laws whose gap dips just below 0.
    const CostLaw cost = on_curve(grid(0));
    const PlantedPair pair = *std::ranges::find(planted_pairs(), "two", &PlantedPair::name);
    const PowerLaw straight = pair.baseline;
    PowerLaw other = pair.challenger;
    const auto closed = path_roots(frontier_path(straight, {}), frontier_path(other, {}), 12, 22);
    ASSERT_EQ(closed.size(), 2U);
    double dip = 0;
    for (double x = closed[0].log10_flops; x < closed[1].log10_flops; x += 1e-3) {
        dip = std::min(dip, frontier_path(other, {}).loss(x) - frontier_path(straight, {}).loss(x));
    }
    other.E -= dip + 1e-7;  // the turn is now 1e-7 below 0
    const auto exact = path_roots(frontier_path(straight, {}), frontier_path(other, {}), 12, 22);
    const auto numeric = path_roots(frontier_path(straight, cost), frontier_path(other, cost), 12, 22);
    ASSERT_EQ(exact.size(), 2U);
    ASSERT_EQ(numeric.size(), 2U);
    EXPECT_LT(exact[1].log10_flops - exact[0].log10_flops, 1.0 / 12);
    EXPECT_NEAR(numeric[0].log10_flops, exact[0].log10_flops, 1e-3);
    EXPECT_NEAR(numeric[1].log10_flops, exact[1].log10_flops, 1e-3);
}

}  // namespace
}  // namespace overtake
