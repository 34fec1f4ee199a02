// The 240 public Chinchilla points: the published optimum, interval ends, and least squares as other tools have them.
#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "analysis/study.hpp"

namespace overtake {
namespace {

const std::vector<Observation>& epoch_points() {
    static const std::vector<Observation> points =
        load_observations(std::filesystem::path(OVERTAKE_ANALYSIS_DATA) / "epoch_chinchilla_clean.csv",
                          parse_columns("parameters=params,tokens=tokens,loss=loss,flops=flops,filter=besiroglu_kept"), {})
            .observations;
    return points;
}

TEST(EpochPoints, give_the_published_optimum) {
    // Besiroglu et al. 2024, their notebook: objective .00101827407.
    ASSERT_EQ(epoch_points().size(), 240U);
    LawFit fit = fit_law(group_by_scheme(epoch_points())[0].points);
    EXPECT_LE(fit.objective, 0.00101827403);
    EXPECT_NEAR(fit.law.alpha / 0.34731, 1, 1e-4);
    EXPECT_NEAR(fit.law.beta / 0.36717, 1, 1e-4);
    EXPECT_NEAR(fit.law.E / 1.81722, 1, 1e-4);
    EXPECT_NEAR(fit.law.A / 477.826, 1, 1e-4);
    EXPECT_NEAR(fit.law.B / 2143.417, 1, 1e-4);
    EXPECT_GT(fit.starts_agreeing, 1500);
    EXPECT_NEAR(fit.projection_objective / fit.objective, 1, 1e-4);
}

TEST(EpochPoints, squares_of_loss_below_1e21_flops_are_those_of_ml_scalefit_and_vpnls) {
    // Their five digits: E 1.9051, A 4.0001 of N / 1e6, B 1.0509 of D / 1e9, alpha .3510, beta .4588; RSS .0624143.
    std::vector<Observation> low;
    for (const Observation& o : epoch_points()) {
        if (o.flops < 1e21) {
            low.push_back(o);
        }
    }
    ASSERT_EQ(low.size(), 217U);
    FitOptions options;
    options.delta = INFINITY;
    options.start_stride = 9;
    LawFit fit = fit_law(group_by_scheme(low, {ResidualScale::loss, false, true})[0].points, options);
    EXPECT_NEAR(2 * fit.objective, 0.0624143, 1e-7);
    EXPECT_NEAR(fit.law.E, 1.90509, 2e-5);
    EXPECT_NEAR(fit.law.A / std::pow(1e6, fit.law.alpha), 4.00052, 5e-4);
    EXPECT_NEAR(fit.law.B / std::pow(1e9, fit.law.beta), 1.05095, 1e-4);
    EXPECT_NEAR(fit.law.alpha, 0.35106, 1e-4);
    EXPECT_NEAR(fit.law.beta, 0.45874, 1e-4);
}

struct PublishedEnd {
    const char* name;
    double low, high;
};
constexpr PublishedEnd published[] = {{"A", 285.2, 743.6}, {"B", 1042, 5810}, {"E", 1.769, 1.871}, {"alpha", 0.317, 0.373}, {"beta", 0.331, 0.415}};

/// Rows of one draw as NumPy's RandomState.choice takes them: the low 8 bits of MT19937, over again above 239.
std::vector<double> numpy_draw(std::mt19937& generator) {
    std::vector<double> weights(240, 0);
    for (int taken = 0; taken < 240;) {
        std::size_t row = generator() & 255U;
        if (row < weights.size()) {
            ++weights[row];
            ++taken;
        }
    }
    return weights;
}

TEST(EpochPoints, with_the_papers_own_draws_give_the_papers_interval) {
    SchemeLaw scheme = group_by_scheme(epoch_points())[0];
    FitOptions options;
    options.start_stride = 45;
    LawFit fit = fit_law(scheme.points, options);
    std::span points(&scheme.points, 1);
    LawMap map(points, LawConstraints{}, parse_sharing("none"));
    std::vector<double> start = joint_numbers(map, points, std::span(&fit.law, 1)), metric = joint_inverse_hessian(map, points, start, options.delta, fit.robust_sd);
    std::mt19937 generator(42);
    std::vector<PowerLaw> draws;
    for (int draw = 0; draw < 4000; ++draw) {
        LawPoints weighted = scheme.points.with_weights(numpy_draw(generator));
        draws.push_back(descend_joint(map, std::span(&weighted, 1), start, options.delta, metric).laws[0]);
    }
    for (const PublishedEnd& p : published) {
        std::vector<double> values;
        for (const PowerLaw& law : draws) {
            values.push_back(law_quantity(law, scheme.cost, p.name));
        }
        Interval interval = percentile_interval(values, 0.95);
        EXPECT_NEAR(interval.low / p.low, 1, 0.004) << p.name;
        EXPECT_NEAR(interval.high / p.high, 1, 0.004) << p.name;
    }
}

TEST(EpochPoints, bootstrap_ends_are_besiroglus) {
    // The lower end of B tends to 1085 (200,000 draws) and has a Monte Carlo error of 2 % at 4,000 draws: the paper's 1042 is the answer of its
    // own draws (the test above), two such errors off; ends of 60 other seeds lie from 1017 to 1149.
    StudyOptions options;
    options.bootstrap.draws = 4000;
    options.fit.start_stride = 45;
    Study study = make_study(epoch_points(), options);
    for (const PublishedEnd& p : published) {
        Interval interval = study.schemes[0].intervals.at(p.name);
        EXPECT_NEAR(interval.low / p.low, 1, std::string(p.name) == "B" ? 0.05 : 0.03) << p.name;
        EXPECT_NEAR(interval.high / p.high, 1, 0.03) << p.name;
    }
}

}  // namespace
}  // namespace overtake
