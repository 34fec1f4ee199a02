// The 240 public Chinchilla points: the published optimum, interval ends, and least squares as other tools have them.
#include <chrono>
#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "analysis/numpy_rows.hpp"
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

Study study_of_draws(std::uint64_t seed, std::size_t draws) {
    StudyOptions options;
    options.bootstrap.draws = draws;
    options.bootstrap.seed = seed;
    options.fit.start_stride = 45;
    options.examine = false;
    return make_study(epoch_points(), options);
}

TEST(EpochPoints, with_the_papers_own_draws_give_the_papers_interval) {
    const Study study = study_of_draws(42, 4000);
    for (const PublishedEnd& p : published) {
        const Interval interval = study.schemes[0].intervals.at(p.name);
        EXPECT_NEAR(interval.low / p.low, 1, 0.004) << p.name;
        EXPECT_NEAR(interval.high / p.high, 1, 0.004) << p.name;
    }
}

TEST(EpochPoints, other_draws_differ_at_the_lower_end_of_B) {
    // It tends to 1085 (200,000 draws) and has a Monte Carlo error of 2 to 3 % at 4,000 draws: the paper's 1042 is the answer of its own draws, two such errors off;
    // ends of 60 other seeds lie from 1017 to 1149.
    for (const std::uint64_t seed : {3U, 4U}) {
        const Study study = study_of_draws(seed, 4000);
        for (const PublishedEnd& p : published) {
            const Interval interval = study.schemes[0].intervals.at(p.name);
            if (std::string(p.name) == "B") {
                EXPECT_GT(interval.low, 1010);
                EXPECT_LT(interval.low, 1160);
            } else {
                EXPECT_NEAR(interval.low / p.low, 1, 0.03) << p.name;
            }
            EXPECT_NEAR(interval.high / p.high, 1, std::string(p.name) == "B" ? 0.05 : 0.03) << p.name;
        }
    }
}

TEST(NumpyRows, draw_what_numpy_draws) {
    // numpy.random.seed(42); numpy.random.choice(7, 7) twice gives 6 3 4 6 2 4 4 and then 6 1 2 6 2 2 4 (NumPy 2.4).
    NumpyRows rows(42, 7);
    EXPECT_EQ(rows.next(), (std::vector<double>{0, 0, 1, 1, 3, 0, 2}));
    EXPECT_EQ(rows.next(), (std::vector<double>{0, 1, 3, 0, 1, 0, 2}));
    EXPECT_EQ(NumpyRows(0, 1).next(), std::vector<double>{1});
}

TEST(EpochPoints, draws_beyond_a_block_and_on_two_threads_are_the_same) {
    StudyOptions options;
    options.fit.start_stride = 450;
    options.examine = false;
    options.bootstrap.draws = 1100;
    options.bootstrap.threads = 1;
    const Study one = make_study(epoch_points(), options);
    options.bootstrap.threads = 2;
    EXPECT_EQ(make_study(epoch_points(), options).draws.draws, one.draws.draws);
}

}  // namespace
}  // namespace overtake
