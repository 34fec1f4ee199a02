// Standard errors without refitting: against refits, finite differences and values by hand.
#include "analysis/influence.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/planted.hpp"
#include "analysis/student.hpp"

namespace overtake {
namespace {

const PowerLaw base{1.8, 480, 2100, 0.35, 0.37};

TEST(Student, agrees_with_tables) {
    EXPECT_NEAR(student_quantile(0.975, 1), 12.7062, 1e-3);
    EXPECT_NEAR(student_quantile(0.975, 5), 2.57058, 1e-5);
    EXPECT_NEAR(student_quantile(0.975, 30), 2.04227, 1e-5);
    EXPECT_NEAR(student_quantile(0.025, 70), -1.99444, 1e-5);
    EXPECT_NEAR(student_quantile(0.975, 1e4), 1.96020, 1e-4);
    EXPECT_DOUBLE_EQ(student_cdf(0, 3), 0.5);
    EXPECT_NEAR(student_cdf(1, 1), 0.75, 1e-12);  // Cauchy
}

TEST(StandardError, by_hand) {
    // Squares 9 and 16: sum 25. Fourths 81 + 256 = 337, less 25^2 / 2: 24.5. Degrees 2 * 625 / 24.5.
    std::vector<double> effects{3, 0, -4};
    StandardError e = standard_error(effects);
    EXPECT_DOUBLE_EQ(e.value, 5);
    EXPECT_NEAR(e.degrees, 51.0204, 1e-4);
    EXPECT_EQ(standard_error(std::vector<double>{1, -1, 1}).degrees, 1e4);  // equal squares: the error is known
}

TEST(LossGradient, is_the_derivative_of_the_frontier_too) {
    const std::array<double, 2> centre{16, 19};
    CostLaw cost{5, 1.02, 0.99};
    FrontierPoint at = frontier(base, cost, 1e18);
    LawCoordinates gradient = loss_gradient(base, centre, at.parameters, at.tokens);
    for (std::size_t i = 0; i < 5; ++i) {
        LawCoordinates up{}, down{};
        up[i] = 1e-5;
        down[i] = -1e-5;
        double slope = (frontier(moved(base, centre, up), cost, 1e18).loss - frontier(moved(base, centre, down), cost, 1e18).loss) / 2e-5;
        EXPECT_NEAR(slope, gradient[i], 1e-6 * std::abs(gradient[i]) + 1e-9) << i;
    }
}

TEST(LawInfluence, foretells_what_a_heavier_trial_does) {
    PlantedDesign design;
    std::vector<std::vector<Observation>> by_scheme{plant({{"rope", base}}, design)};
    std::vector<double> n, d, loss;
    for (const Observation& o : by_scheme[0]) {
        n.push_back(o.parameters);
        d.push_back(o.tokens);
        loss.push_back(o.loss);
    }
    std::vector<LawPoints> points{LawPoints(n, d, loss)};
    LawDescent whole = descend(points[0], points[0].coordinates(base), INFINITY);
    std::vector<PowerLaw> laws{points[0].law(whole.coordinates)};
    ResamplingUnits units = make_units(by_scheme, false);
    BootstrapOptions least_squares;
    least_squares.delta = INFINITY;
    LawInfluence influence = law_influence(points, laws, {{0}}, units, least_squares);
    double widening = std::sqrt(105.0 / 100.0);
    for (std::size_t trial : {0U, 47U, 104U}) {
        std::vector<double> weights(n.size(), 1);
        constexpr double extra = 0.05;
        weights[trial] += extra;
        LawPoints heavier = points[0].with_weights(weights);
        LawDescent moved_fit = descend(heavier, whole.coordinates, INFINITY);
        for (std::size_t i = 0; i < 5; ++i) {
            double foretold = influence.of_unit[0][units.unit_of[0][trial]][i] / widening;
            EXPECT_NEAR((moved_fit.coordinates[i] - whole.coordinates[i]) / extra, foretold, 0.03 * std::abs(foretold) + 1e-5) << trial << " " << i;
        }
    }
}

TEST(LawInfluence, gives_the_spread_of_estimates_under_a_narrow_huber_loss) {
    double squares = 0, mean = 0, predicted = 0;
    constexpr int studies = 200;
    std::vector<double> estimates;
    for (int s = 0; s < studies; ++s) {
        PlantedDesign design;
        design.seed = 500 + static_cast<std::uint64_t>(s);
        std::vector<std::vector<Observation>> by_scheme{plant({{"rope", base}}, design)};
        std::vector<double> n, d, loss;
        for (const Observation& o : by_scheme[0]) {
            n.push_back(o.parameters);
            d.push_back(o.tokens);
            loss.push_back(o.loss);
        }
        std::vector<LawPoints> points{LawPoints(n, d, loss)};
        std::vector<PowerLaw> laws{points[0].law(descend(points[0], points[0].coordinates(base), 1e-3).coordinates)};
        LawInfluence influence = law_influence(points, laws, {{0}}, make_units(by_scheme, false), {});
        std::vector<double> effects;
        for (const LawCoordinates& e : influence.of_unit[0]) {
            effects.push_back(e[3]);
        }
        predicted += standard_error(effects).value / studies;
        estimates.push_back(laws[0].alpha);
        mean += laws[0].alpha / studies;
    }
    for (double x : estimates) {
        squares += (x - mean) * (x - mean) / (studies - 1);
    }
    EXPECT_NEAR(predicted / std::sqrt(squares), 1, 0.12);  // the spread of 200 is known to 5 %
}

}  // namespace
}  // namespace overtake
