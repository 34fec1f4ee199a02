// Fits: planted laws come back, degenerate sets are flagged, draws do not depend on threads.
#include "analysis/fit.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/bootstrap.hpp"
#include "analysis/planted.hpp"
#include "analysis/study.hpp"
#include "analysis/variable_projection.hpp"

namespace overtake {
namespace {

const PowerLaw truth{1.8, 480, 2100, 0.35, 0.37};

LawPoints points_of(const std::vector<Observation>& observations, ResidualScale scale = ResidualScale::log_loss) {
    std::vector<double> n, d, loss;
    for (const Observation& o : observations) {
        n.push_back(o.parameters);
        d.push_back(o.tokens);
        loss.push_back(o.loss);
    }
    return LawPoints(n, d, loss, {}, scale);
}

bool has_flag(const std::vector<std::string>& flags, const std::string& part) {
    return std::any_of(flags.begin(), flags.end(), [&](const std::string& f) { return f.find(part) != std::string::npos; });
}

TEST(FitLaw, recovers_an_exact_law) {
    PlantedDesign design;
    design.noise = 0;
    design.seeds = 1;
    LawFit fit = fit_law(points_of(plant({{"", truth}}, design)));
    EXPECT_NEAR(fit.law.E, 1.8, 1e-5);
    EXPECT_NEAR(fit.law.alpha, 0.35, 1e-5);
    EXPECT_NEAR(fit.law.beta, 0.37, 1e-5);
    EXPECT_NEAR(fit.law.A / 480, 1, 1e-4);
    EXPECT_EQ(fit.starts, 4500);
    EXPECT_GT(fit.starts_agreeing, 450);
}

TEST(FitLaw, starts_agree_and_projection_confirms_on_healthy_points) {
    LawPoints points = points_of(plant({{"", truth}}, {}));
    LawFit fit = fit_law(points);
    EXPECT_TRUE(fit.flags.empty()) << fit.flags.front();
    EXPECT_GT(fit.starts_agreeing, 450);
    EXPECT_NEAR(fit.projection_objective / fit.objective, 1, 1e-3);
    EXPECT_NEAR(fit.robust_sd, 0.003, 0.001);
}

TEST(FitByProjection, recovers_an_exact_law_by_squares) {
    PlantedDesign design;
    design.noise = 0;
    design.seeds = 1;
    ProjectionFit fit = fit_by_projection(points_of(plant({{"", truth}}, design), ResidualScale::loss), INFINITY);
    EXPECT_NEAR(fit.law.alpha, 0.35, 1e-4);
    EXPECT_NEAR(fit.law.beta, 0.37, 1e-4);
    EXPECT_NEAR(fit.law.E, 1.8, 1e-4);
}

TEST(FitLaw, refuses_in_words_what_no_law_can_be_fitted_to) {
    PlantedDesign one_budget;
    one_budget.sizes = {1e7, 2e7};
    LawFit fit = fit_law(points_of(plant({{"", truth}}, one_budget)));
    EXPECT_FALSE(fit.usable);
    EXPECT_EQ(fit.reason, "30 points at 2 different N and 6 different D (a law needs 6 points, 3 N and 3 D)");
}

TEST(FitLaw, flags_an_unidentified_floor_and_a_narrow_grid) {
    PlantedDesign design;
    design.sizes = {1e7, 1.4e7, 2e7, 2.8e7};
    design.ratios = {18, 20, 22};
    design.seeds = 2;
    design.noise = 0.01;
    LawFit fit = fit_law(points_of(plant({{"", truth}}, design)));
    EXPECT_TRUE(has_flag(fit.flags, "narrow grid in N"));
    LawFit floorless = fit_law(points_of(plant({{"", {1e-6, 30, 30, 0.1, 0.1}}}, {})));
    EXPECT_TRUE(has_flag(floorless.flags, "E tends to 0") || has_flag(floorless.flags, "singular"));
}

TEST(FitLaw, flags_a_point_far_off_the_law) {
    std::vector<Observation> observations = plant({{"", truth}}, {});
    observations[17].loss *= 1.5;
    EXPECT_TRUE(has_flag(fit_law(points_of(observations)).flags, "1 point more than 8 robust"));
}

TEST(Study, flags_a_law_that_misses_whole_cells) {
    StudyOptions options;
    options.bootstrap.draws = 40;
    options.fit.start_stride = 23;
    std::vector<Observation> observations = plant({{"rope", truth}}, {});
    EXPECT_FALSE(has_flag(make_study(observations, options).schemes[0].flags, "misses whole cells"));
    for (Observation& o : observations) {
        o.loss *= 1 + 0.02 * std::cos(3 * std::log(o.parameters));
    }
    EXPECT_TRUE(has_flag(make_study(observations, options).schemes[0].flags, "misses whole cells"));
}

TEST(SharedFloor, is_kept_when_true_and_rejected_when_false) {
    PowerLaw other = truth;
    other.A = 400;
    StudyOptions options;
    options.bootstrap.draws = 40;
    options.fit.start_stride = 23;
    Study same = make_study(plant({{"rope", truth}, {"b", other}}, {}), options);
    EXPECT_TRUE(same.floor_shared);
    EXPECT_EQ(same.schemes[0].law.E, same.schemes[1].law.E);
    other.E = 2.2;
    Study different = make_study(plant({{"rope", truth}, {"b", other}}, {}), options);
    EXPECT_FALSE(different.floor_shared);
    EXPECT_LT(different.floor_test.p_value, 1e-3);
}

TEST(SeedCorrelation, finds_what_was_planted) {
    StudyOptions options;
    options.bootstrap.draws = 40;
    options.fit.start_stride = 23;
    PlantedDesign design;
    Study paired = make_study(plant({{"rope", truth}, {"b", truth}}, design), options);
    EXPECT_NEAR(paired.correlation.value, 0.8, 0.15);
    EXPECT_TRUE(paired.paired);
    design.correlation = 0;
    Study unpaired = make_study(plant({{"rope", truth}, {"b", truth}}, design), options);
    EXPECT_NEAR(unpaired.correlation.value, 0, 0.3);
    EXPECT_FALSE(unpaired.paired);
}

TEST(ResamplingUnits, strata_keep_their_weight) {
    std::vector<std::vector<Observation>> by_scheme{plant({{"a", truth}}, {}), plant({{"b", truth}}, {})};
    ResamplingUnits paired = make_units(by_scheme, true), apart = make_units(by_scheme, false);
    EXPECT_EQ(paired.count, 105U);
    EXPECT_EQ(paired.strata.size(), 35U);
    EXPECT_EQ(apart.count, 210U);
    std::vector<double> weights = draw_unit_weights(paired, 3, 4);
    for (const auto& stratum : paired.strata) {
        double sum = 0;
        for (std::size_t unit : stratum) {
            sum += weights[unit];
        }
        EXPECT_DOUBLE_EQ(sum, 3);  // two of three drawn, each weighing 3/2
    }
    EXPECT_EQ(draw_unit_weights(paired, 3, 4), weights);
    EXPECT_NE(draw_unit_weights(paired, 3, 5), weights);
}

TEST(Bootstrap, spread_of_a_mean_is_unbiased_with_two_seeds) {
    // For two units a cell, plain resampling would give half the variance.
    PlantedDesign design;
    design.seeds = 2;
    std::vector<std::vector<Observation>> by_scheme{plant({{"a", truth}}, design)};
    ResamplingUnits units = make_units(by_scheme, true);
    double variance = 0, expected = 0;
    std::vector<double> deviation(units.count);
    for (std::size_t i = 0; i < by_scheme[0].size(); ++i) {
        deviation[units.unit_of[0][i]] = std::log(by_scheme[0][i].loss);
    }
    for (const auto& stratum : units.strata) {
        double difference = deviation[stratum[0]] - deviation[stratum[1]];
        expected += difference * difference;  // variance of a sum of two from their sample variance
    }
    constexpr int draws = 2000;
    for (int draw = 0; draw < draws; ++draw) {
        std::vector<double> weights = draw_unit_weights(units, 0, static_cast<std::size_t>(draw));
        double shift = 0;
        for (std::size_t u = 0; u < units.count; ++u) {
            shift += (weights[u] - 1) * deviation[u];
        }
        variance += shift * shift / draws;
    }
    EXPECT_NEAR(variance / expected, 1, 0.1);
}

TEST(Bootstrap, is_the_same_at_any_number_of_threads) {
    StudyOptions options;
    options.bootstrap.draws = 70;
    options.fit.start_stride = 7;
    options.bootstrap.threads = 1;
    PlantedDesign design;
    design.seeds = 2;
    auto observations = plant({{"rope", truth}, {"b", {1.8, 400, 2200, 0.35, 0.37}}}, design);
    Study one = make_study(observations, options);
    options.bootstrap.threads = 3;
    options.fit.threads = 3;
    Study three = make_study(observations, options);
    EXPECT_EQ(one.draws.draws, three.draws.draws);
    EXPECT_EQ(one.draws.jackknife, three.draws.jackknife);
    EXPECT_EQ(one.schemes[1].law, three.schemes[1].law);
}

}  // namespace
}  // namespace overtake
