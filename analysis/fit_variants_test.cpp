// Fits that hold, tie or share numbers, weigh points or square losses: planted laws come back, and both optimisers agree.
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/fit_options.hpp"
#include "analysis/planted.hpp"
#include "analysis/seed_weights.hpp"
#include "analysis/study.hpp"
#include "analysis/variable_projection.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

const PowerLaw truth{1.8, 480, 2100, 0.35, 0.37};

LawPoints points_of(const std::vector<Observation>& observations, ResidualScale scale = ResidualScale::log_loss) {
    return group_by_scheme(observations, {scale, false, false})[0].points;
}

LawFit quick_fit(const LawPoints& points, double delta, const LawConstraints& constraints) {
    FitOptions options;
    options.delta = delta;
    options.constraints = constraints;
    options.start_stride = 11;
    return fit_law(points, options);
}

PlantedDesign exact() {
    PlantedDesign design;
    design.noise = 0;
    design.seeds = 1;
    return design;
}

TEST(LawMap, maps_own_shared_tied_and_held_numbers) {
    std::vector<double> n{1e6, 1e8}, d{1e8, 1e10}, loss{3, 2};
    LawPoints first(n, d, loss);
    n[0] = 1e7;
    std::vector<LawPoints> points{first, LawPoints(n, d, loss)};
    EXPECT_EQ(LawMap(points, LawConstraints{}, parse_sharing("none")).free(), 10U);
    EXPECT_EQ(LawMap(points, LawConstraints{}, parse_sharing("E")).free(), 9U);
    EXPECT_EQ(LawMap(points, LawConstraints{}, parse_sharing("all")).free(), 5U);
    LawConstraints tied;
    tied.tied = true;
    tied.held.E = 1.7;
    EXPECT_EQ(LawMap(points, tied, parse_sharing("none")).free(), 6U);
    EXPECT_EQ(LawMap(points, tied, parse_sharing("alpha")).free(), 5U);

    // Whatever is shared, equal laws come through unchanged; so does a shared A with exponents of each scheme's own.
    for (const char* names : {"none", "E", "A", "alpha,A", "E,alpha,beta", "all"}) {
        LawMap map(points, LawConstraints{}, parse_sharing(names));
        std::vector<PowerLaw> laws{truth, truth};
        if (std::string(names) == "A") {
            laws[1].alpha = 0.4;
        }
        std::vector<LawCoordinates> at{points[0].coordinates(laws[0]), points[1].coordinates(laws[1])};
        std::vector<double> x = map.free_numbers(at);
        for (std::size_t k = 0; k < 2; ++k) {
            PowerLaw back = points[k].law(map.coordinates(x, k));
            EXPECT_NEAR(back.A / 480, 1, 1e-9) << names;
            EXPECT_NEAR(back.B / 2100, 1, 1e-9) << names;
            EXPECT_NEAR(back.alpha, laws[k].alpha, 1e-10) << names;
            EXPECT_NEAR(back.E, 1.8, 1e-10) << names;
        }
    }
}

TEST(Sharing, reads_names_and_refuses_others) {
    EXPECT_EQ(name_of(parse_sharing("E,alpha")), "E, alpha");
    EXPECT_EQ(name_of(parse_sharing("none")), "nothing");
    EXPECT_EQ(name_of(parse_sharing("all")), "E, A, B, alpha, beta");
    EXPECT_THROW(parse_sharing("E,gamma"), ConfigError);
}

TEST(FitLaw, held_and_tied_numbers_come_back_and_projection_confirms) {
    PowerLaw tied_truth = truth;
    tied_truth.beta = 0.35;
    LawConstraints tied;
    tied.tied = true;
    LawFit fit = quick_fit(points_of(plant({{"", tied_truth}}, exact())), 1e-3, tied);
    EXPECT_NEAR(fit.law.alpha, 0.35, 1e-5);
    EXPECT_EQ(fit.law.alpha, fit.law.beta);
    EXPECT_NEAR(fit.law.E, 1.8, 1e-5);
    EXPECT_EQ(fit.free_numbers, 4);

    for (ResidualScale scale : {ResidualScale::log_loss, ResidualScale::loss}) {
        for (double delta : {1e-3, static_cast<double>(INFINITY)}) {
            LawPoints noisy = points_of(plant({{"", truth}}, {}), scale);
            LawConstraints held;
            held.held.E = 1.7;
            for (const LawConstraints& constraints : {LawConstraints{}, held, tied}) {
                LawFit other = quick_fit(noisy, delta, constraints);
                EXPECT_NEAR(other.projection_objective / other.objective, 1, 1e-3) << delta << " " << other.free_numbers;
                EXPECT_TRUE(std::isnan(constraints.held.E) || std::abs(other.law.E - 1.7) < 1e-12);
            }
        }
    }
}

TEST(JointFit, shares_what_is_asked_and_the_test_tells) {
    PowerLaw other = truth;
    other.A = 400;
    StudyOptions options;
    options.bootstrap.draws = 40;
    options.fit.start_stride = 23;
    options.sharing = parse_sharing("E,alpha");
    Study study = make_study(plant({{"rope", truth}, {"b", other}}, {}), options);
    ASSERT_TRUE(study.floor_shared);
    EXPECT_EQ(study.schemes[0].law.E, study.schemes[1].law.E);
    EXPECT_EQ(study.schemes[0].law.alpha, study.schemes[1].law.alpha);
    EXPECT_NE(study.schemes[0].law.beta, study.schemes[1].law.beta);
    EXPECT_EQ(study.floor_test.degrees, 2);
    for (std::size_t draw = 0; draw < 40; ++draw) {
        EXPECT_EQ(study.draws.draws[0][draw].alpha, study.draws.draws[1][draw].alpha);
    }

    // Ten numbers separate, nine with one E, five with everything; sharing everything is wrong here, and the test and BIC say so.
    const std::vector<SharingModel>& models = study.sharing_models;
    ASSERT_EQ(models.size(), 10U);
    EXPECT_EQ(models[0].shared, "nothing");
    EXPECT_EQ(models[0].free_numbers, 10U);
    EXPECT_EQ(models[1].free_numbers, 9U);
    EXPECT_EQ(models[8].free_numbers, 5U);
    EXPECT_LT(models[8].test.p_value, 1e-6);
    EXPECT_GT(models[8].bic, models[0].bic);
    EXPECT_GT(models[7].test.p_value, 0.01);   // E, alpha, beta are indeed equal
    EXPECT_LT(models[7].bic, models[0].bic);
    for (std::size_t i = 1; i < models.size(); ++i) {
        EXPECT_GE(models[i].objective, models[0].objective * (1 - 1e-9)) << models[i].shared;   // nested
    }
}

TEST(SeedNoiseWeights, follow_planted_noise) {
    // Noise falls as N^-1/2 from the smallest to a hundredth at the largest size: weights 1/s span a factor 10.
    PlantedDesign design;
    design.seeds = 20;
    design.noise = 0;
    std::vector<Observation> observations = plant({{"", truth}}, design);
    RandomStream random(5, 0);
    for (Observation& o : observations) {
        o.loss *= std::exp(0.01 * std::pow(o.parameters / 2e6, -0.5) * random.normal());
    }
    std::vector<double> weights = seed_noise_weights(observations, ResidualScale::log_loss, false);
    EXPECT_NEAR(weights.back() / weights.front(), 10, 2);
    std::vector<double> squared = seed_noise_weights(observations, ResidualScale::log_loss, true);
    EXPECT_NEAR(squared.back() / squared.front(), std::pow(weights.back() / weights.front(), 2), 1e-6);
    double sum = 0;
    for (double w : weights) {
        sum += w;
    }
    EXPECT_NEAR(sum, static_cast<double>(weights.size()), 1e-6);
    design.seeds = 1;
    EXPECT_EQ(seed_noise_weights(plant({{"", truth}}, design), ResidualScale::log_loss, false)[7], 1);
}

TEST(FitOptions, are_read_and_bad_ones_named) {
    FitArguments a;
    a.hold = {"E=1.7"};
    a.squares_of_loss = true;
    StudyOptions options;
    apply_fit_options(a, options);
    EXPECT_EQ(options.fit.constraints.held.E, 1.7);
    EXPECT_EQ(options.fit.delta, INFINITY);
    EXPECT_EQ(options.points.scale, ResidualScale::loss);
    a.hold = {"x=1", "E=-1", "beta=.3"};
    a.tied = a.least_squares = true;
    try {
        apply_fit_options(a, options);
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.problems().size(), 4U);
    }
}

}  // namespace
}  // namespace overtake
