// Quantiles of draws: the error that is told is the one that other draws show.
#include "analysis/quantile_error.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/student.hpp"

namespace overtake {
namespace {

TEST(IncompleteBeta, by_hand) {
    EXPECT_NEAR(incomplete_beta(0.3, 1, 1), 0.3, 1e-14);
    EXPECT_NEAR(incomplete_beta(0.3, 2, 1), 0.09, 1e-14);
    EXPECT_NEAR(incomplete_beta(0.3, 1, 3), 1 - 0.343, 1e-14);
    EXPECT_EQ(incomplete_beta(0, 2, 3), 0);
    EXPECT_EQ(incomplete_beta(1, 2, 3), 1);
    EXPECT_NEAR(incomplete_beta(0.025, 100, 3900), 0.5, 0.03);  // near the mean
}

TEST(QuantileWeights, of_three_draws_by_hand) {
    // Median of 3: a = b = 2, I_x = 3 x^2 - 2 x^3; at 1/3 it is 7/27, so the weights are 7/27, 13/27, 7/27.
    const QuantileWeights median_of_three(3, 0.5);
    const std::vector<double> sorted{0, 27, 54};
    EXPECT_NEAR(median_of_three.harrell_davis(sorted), 27, 1e-12);
    EXPECT_NEAR(median_of_three.standard_error(sorted), 27 * std::sqrt(14.0 / 27), 1e-9);
}

TEST(PercentileErrors, are_what_other_draws_show) {
    // 400 sets of 1,000 draws of exp(0.5 z): the standard deviation of their ends against the mean of what each set says of itself.
    std::vector<double> lows, highs;
    double told_low = 0, told_high = 0;
    for (std::uint64_t set = 0; set < 400; ++set) {
        RandomStream random(7, set);
        std::vector<double> draws;
        for (int i = 0; i < 1000; ++i) {
            draws.push_back(std::exp(0.5 * random.normal()));
        }
        const Interval ends = percentile_interval(draws, 0.95), errors = percentile_errors(draws, 0.95);
        lows.push_back(ends.low);
        highs.push_back(ends.high);
        told_low += errors.low / 400;
        told_high += errors.high / 400;
    }
    const auto deviation = [](const std::vector<double>& values) {
        double mean = 0, squares = 0;
        for (const double x : values) {
            mean += x / static_cast<double>(values.size());
        }
        for (const double x : values) {
            squares += (x - mean) * (x - mean) / static_cast<double>(values.size() - 1);
        }
        return std::sqrt(squares);
    };
    EXPECT_NEAR(told_low / deviation(lows), 1, 0.12);
    EXPECT_NEAR(told_high / deviation(highs), 1, 0.12);
    EXPECT_TRUE(std::isnan(percentile_errors({1, NAN}, 0.95).low));
}

}  // namespace
}  // namespace overtake
