// A short version of the simulations of coverage_bench.
#include "analysis/coverage.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

TEST(Coverage, of_the_planted_crossing_is_nominal_with_paired_and_unrelated_noise) {
    for (double correlation : {0.8, 0.0}) {
        CoverageOptions options;
        options.studies = 400;
        options.design.correlation = correlation;
        Coverage c = measure_coverage(options);
        EXPECT_NEAR(c.covered.value, 0.95, 0.033) << correlation;  // three standard errors of 400 studies
        EXPECT_LT(c.median_width, 0.15 + (correlation > 0 ? 0 : 0.05));
        EXPECT_EQ(c.as_many.value, 1);
    }
}

TEST(Coverage, is_the_same_at_any_number_of_threads) {
    CoverageOptions options;
    options.studies = 70;
    options.threads = 1;
    Coverage one = measure_coverage(options);
    options.threads = 3;
    Coverage three = measure_coverage(options);
    EXPECT_EQ(one.covered.value, three.covered.value);
    EXPECT_EQ(one.median_width, three.median_width);
}

TEST(Coverage, of_the_gap_holds_where_E_differs_by_less_than_its_test_can_see) {
    CoverageOptions options;
    options.studies = 60;
    options.draws = 200;
    options.pair = {"low floor", {1.8, 480, 2100, 0.35, 0.37}, {1.815, 480, 2100, 0.35, 0.37}, {}};
    for (double correlation : {0.8, 0.0}) {
        options.design.correlation = correlation;
        const Coverage c = measure_coverage(options);
        EXPECT_GT(c.shared_floor.value, 0.5) << correlation;   // the test sees it seldom
        EXPECT_GE(c.band_covered.value, 0.85) << correlation;  // 95 % less three standard errors of 60 studies
        EXPECT_EQ(c.wrong_relations.value, 0) << correlation;
    }
}

TEST(Coverage, claims_follow_what_was_planted) {
    CoverageOptions options;
    options.studies = 12;
    options.draws = 100;
    options.pair = planted_pair("two");
    options.threads = 1;
    EXPECT_GE(measure_coverage(options).true_claims.value, 0.9);
    for (const char* none : {"parallel", "identical"}) {
        options.pair = planted_pair(none);
        EXPECT_LE(measure_coverage(options).claimed.value, 0.1) << none;
    }
}

}  // namespace
}  // namespace overtake
