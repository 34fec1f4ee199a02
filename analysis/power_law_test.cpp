// The objective against its definition, and its gradient against differences.
#include "analysis/power_law.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// Seven points off the law, so that the last group of four lanes is partly padding.
LawPoints seven_points() {
    std::vector<double> n{1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9}, d{2e7, 1e9, 2e8, 5e8, 3e9, 1e10, 2e10};
    std::vector<double> loss{4.9, 3.9, 3.55, 3.1, 2.7, 2.45, 2.3}, weight{1, 2, 1, 0.5, 1, 1, 3};
    return LawPoints(n, d, loss, weight);
}

double plain_objective(const LawPoints& p, double delta, const LawCoordinates& c) {
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        double predicted = std::exp(c[2]) + std::exp(c[0] - c[3] * p.log_n()[i]) + std::exp(c[1] - c[4] * p.log_d()[i]);
        double r = std::abs(std::log(predicted) - std::log(p.loss()[i]));
        sum += p.weight()[i] * (r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta));
    }
    return sum;
}

const std::vector<LawCoordinates> places{{0.1, 0.2, 0.5, 0.34, 0.28}, {3, -2, -1, 2, 0}, {-20, 10, 0.7, 0.1, 1.5}, {0, 0, -600, 0.3, 0.3}};

TEST(LawObjective, equals_its_definition) {
    LawPoints points = seven_points();
    for (const LawCoordinates& c : places) {
        for (double delta : {1e-3, 0.1, double{INFINITY}}) {
            LawCoordinates gradient{};
            double expected = plain_objective(points, delta, c);
            EXPECT_NEAR(law_objective(points, delta, c.data(), gradient.data()), expected, 1e-13 * std::abs(expected));
        }
    }
}

TEST(LawObjective, gradient_equals_differences) {
    LawPoints points = seven_points();
    for (const LawCoordinates& c : places) {
        for (double delta : {1e-3, 0.1, double{INFINITY}}) {
            LawCoordinates gradient{}, unused{};
            law_objective(points, delta, c.data(), gradient.data());
            for (std::size_t j = 0; j < 5; ++j) {
                LawCoordinates up = c, down = c;
                up[j] += 1e-6;
                down[j] -= 1e-6;
                double slope = (law_objective(points, delta, up.data(), unused.data()) - law_objective(points, delta, down.data(), unused.data())) / 2e-6;
                EXPECT_NEAR(gradient[j], slope, 1e-6 * std::max(1.0, std::abs(slope))) << "coordinate " << j << " delta " << delta;
            }
        }
    }
}

TEST(LawObjective, is_finite_where_exponentials_overflow) {
    LawPoints points = seven_points();
    LawCoordinates far{900, -900, 800, 50, -50}, gradient{};
    EXPECT_TRUE(std::isfinite(law_objective(points, 1e-3, far.data(), gradient.data())));
}

TEST(LawPoints, coordinates_and_law_are_inverse) {
    LawPoints points = seven_points();
    PowerLaw law{1.8, 480, 2100, 0.35, 0.37};
    PowerLaw back = points.law(points.coordinates(law));
    EXPECT_NEAR(back.A, 480, 1e-9);
    EXPECT_NEAR(back.B, 2100, 1e-9);
    EXPECT_NEAR(back.E, 1.8, 1e-12);
}

TEST(LawPoints, drops_points_of_weight_zero) {
    LawPoints points = seven_points().with_weights(std::vector<double>{1, 0, 1, 0, 1, 0, 2});
    EXPECT_EQ(points.size(), 4U);
    EXPECT_EQ(points.weight()[3], 6);   // 2 times its own 3
}

}  // namespace
}  // namespace overtake
