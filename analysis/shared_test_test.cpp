// The test of equal quantities: worked by hand, and its size in simulated studies with paired and unrelated noise.
#include "analysis/shared_test.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/coverage.hpp"

namespace overtake {
namespace {

TEST(SharedTest, is_the_squared_difference_over_what_units_do_not_have_in_common) {
    // ln E differs by 0.3; units move it by 1, 2, -2 here and by 0.9, 2.2, -1.8 there (in tenths): squares of the differences sum to 0.0009.
    std::vector<PowerLaw> laws{{1, 400, 2000, 0.3, 0.4}, {std::exp(0.3), 500, 1000, 0.4, 0.3}};
    LawInfluence influence;
    influence.centre = {{0, 0}, {0, 0}};
    influence.of_unit = {{{0, 0, 0.1, 0, 0}, {0, 0, 0.2, 0, 0}, {0, 0, -0.2, 0, 0}}, {{0, 0, 0.09, 0, 0}, {0, 0, 0.22, 0, 0}, {0, 0, -0.18, 0, 0}}};
    SharedTest test = test_equality(laws, influence, parse_sharing("E"));
    EXPECT_NEAR(test.statistic, 0.09 / 0.0009, 1e-9);
    EXPECT_EQ(test.degrees, 1);
    // With nothing in common the same units say less: the squares of 0.19, 0.42 and -0.38 sum to 0.3569.
    for (LawCoordinates& x : influence.of_unit[1]) {
        x[2] = -x[2];
    }
    EXPECT_NEAR(test_equality(laws, influence, parse_sharing("E")).statistic, 0.09 / 0.3569, 1e-9);
}

TEST(SharedTest, counts_what_is_held_in_all_laws_for_nothing) {
    std::vector<PowerLaw> laws(3, PowerLaw{1.8, 400, 2000, 0.3, 0.4});
    LawInfluence influence;
    influence.centre.assign(3, {0, 0});
    influence.of_unit.assign(3, std::vector<LawCoordinates>(5, LawCoordinates{}));
    SharedTest test = test_equality(laws, influence, parse_sharing("E,alpha"));
    EXPECT_EQ(test.degrees, 0);
    EXPECT_EQ(test.p_value, 1);
}

TEST(SharedTest, sees_one_outlier_among_more_laws_than_its_degrees_can_bear) {
    // 16 laws over 24 cells of one seed; the last has E 1.90 where the others have 1.80.
    PlantedDesign design;
    design.sizes = {2e6, 5e6, 1e7, 2e7, 5e7, 1e8};
    design.ratios = {5, 10, 20, 40};
    design.seeds = 1;
    design.noise = 0.001;
    std::vector<PlantedScheme> schemes;
    for (int k = 0; k < 16; ++k) {
        schemes.push_back({"s" + std::to_string(k), {k == 15 ? 1.90 : 1.80, 480, 2100, 0.35, 0.37}});
    }
    StudyOptions options;
    options.fit.only_starts = {{1.8, 480, 2100, 0.35, 0.37}};
    options.examine = options.compare = false;
    options.bootstrap.draws = 0;
    const Study study = make_study(plant(schemes, design), options);
    EXPECT_LT(study.floor_test.p_value, 1e-4);
    EXPECT_FALSE(study.floor_shared);
}

TEST(SharedTest, rejects_equal_E_in_one_study_in_twenty_whether_seeds_are_paired_or_not) {
    for (double correlation : {0.0, 0.8}) {
        CoverageOptions options;
        options.studies = 400;
        options.design.seed = 31;
        options.design.correlation = correlation;
        EXPECT_NEAR(measure_coverage(options).rejected.value, 0.05, 0.033) << correlation;  // three standard errors
    }
}

}  // namespace
}  // namespace overtake
