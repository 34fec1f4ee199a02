// What is said beside a law: profiles, flags, residual tests, held-out sizes, gap models, other forms.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/flag_rates.hpp"
#include "analysis/planted.hpp"
#include "analysis/study.hpp"

namespace overtake {
namespace {

const PowerLaw truth{1.8, 480, 2100, 0.35, 0.37};

StudyOptions quick() {
    StudyOptions options;
    options.bootstrap.draws = 200;
    options.fit.start_stride = 45;
    return options;
}

bool has_flag(const SchemeLaw& s, const std::string& part) {
    return std::any_of(s.flags.begin(), s.flags.end(), [&](const std::string& f) { return f.find(part) != std::string::npos; });
}

TEST(Profile, holds_the_truth_and_resembles_the_bootstrap) {
    PowerLaw other = truth;
    other.A = 440;
    PlantedDesign design;
    design.correlation = 0;
    Study study = make_study(plant({{"rope", truth}, {"b", other}}, design), quick());
    ASSERT_TRUE(study.floor_shared);
    for (const SchemeLaw& s : study.schemes) {
        ASSERT_EQ(s.profiles.size(), 5U);
        for (const char* name : {"E", "alpha", "beta"}) {
            const ProfileInterval& p = s.profiles.at(name);
            double value = law_quantity(truth, {}, name), width = s.intervals.at(name).high - s.intervals.at(name).low;
            EXPECT_FALSE(p.low_open || p.high_open);
            EXPECT_LT(p.interval.low, value + 0.1 * width) << name;   // 95 %, ten intervals: a near miss is to be expected
            EXPECT_GT(p.interval.high, value - 0.1 * width) << name;
            EXPECT_NEAR((p.interval.high - p.interval.low) / width, 1, 0.5) << name;
        }
    }
    // A shared floor has one profile, whichever scheme asks.
    EXPECT_NEAR(study.schemes[0].profiles.at("E").interval.low, study.schemes[1].profiles.at("E").interval.low, 1e-3);
}

TEST(Profile, is_open_where_the_data_say_nothing) {
    // A law without a floor: nothing says how small E is.
    Study study = make_study(plant({{"", {1e-6, 30, 30, 0.1, 0.1}}}, {}), quick());
    EXPECT_TRUE(has_flag(study.schemes[0], "profile of E open"));
    // A size term that only the smallest size shows: nothing says how large alpha is.
    PlantedDesign design;
    design.sizes = {1e6, 5e6, 1e7, 2e7, 5e7};
    design.noise = 0.005;
    Study steep = make_study(plant({{"", {2, 1e30, 2100, 5, 0.37}}}, design), quick());
    EXPECT_TRUE(has_flag(steep.schemes[0], "profile of alpha open"));
}

TEST(Flags, a_point_that_decides_is_named) {
    // One run at a size of its own carries all that is known of the floor.
    PlantedDesign design;
    design.sizes = {2e6, 4e6, 8e6};
    design.noise = 1e-4;
    std::vector<Observation> points = plant({{"", truth}}, design);
    for (double n : {3e9, 6e9}) {
        Observation far = points.back();
        far.parameters = n;
        far.tokens = 20 * n;
        far.flops = 6 * n * far.tokens;
        far.loss = truth.loss(n, far.tokens) * (n > 4e9 ? 0.9 : 1);
        far.cell = "far" + std::to_string(n);
        points.push_back(far);
    }
    StudyOptions options = quick();
    options.fit.delta = INFINITY;
    Study study = make_study(points, options);
    EXPECT_TRUE(has_flag(study.schemes[0], "without one point"));
    EXPECT_FALSE(has_flag(make_study(plant({{"", truth}}, design), quick()).schemes[0], "without one point"));
}

TEST(Flags, are_always_raised_on_degenerate_sets_and_hardly_ever_on_healthy_ones) {
    // The program flag_rates does the same with 500 sets of each kind.
    for (const FlagCase& of : flag_cases()) {
        FlagRate rate = measure_flags(of, of.healthy ? 12 : 6, 100, 149);
        if (of.healthy) {
            EXPECT_LE(rate.flagged, 1) << of.name << ": " << (rate.by_flag.empty() ? "" : rate.by_flag.begin()->first);
        } else {
            EXPECT_EQ(rate.flagged, rate.sets) << of.name;
        }
    }
}

TEST(ResidualTests, values_by_hand_and_what_they_find) {
    std::vector<double> x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, y{1, 3, 2, 4, 5, 7, 6, 8, 10, 9};
    // Differences of ranks: six of size 1, so rho = 1 - 6 * 6 / (10 * 99) = 0.963636; t = 10.2 on 8 degrees, p 7.3e-6.
    TestResult rank = spearman(x, y);
    EXPECT_NEAR(rank.statistic, 0.963636, 1e-6);
    EXPECT_NEAR(rank.p_value, 7.3e-6, 0.2e-6);
    std::vector<double> ones(10, 1);
    EXPECT_EQ(spearman(x, ones).p_value, 1);

    RandomStream random(3, 0);
    std::vector<double> normal, skew;
    for (int i = 0; i < 200; ++i) {
        normal.push_back(random.normal());
        skew.push_back(std::exp(normal.back()));
    }
    EXPECT_GT(anderson_darling(normal).p_value, 0.01);
    EXPECT_LT(anderson_darling(skew).p_value, 1e-6);

    std::vector<Observation> points = plant({{"", truth}}, {});
    ResidualTests healthy = make_study(points, quick()).schemes[0].residual_tests;
    EXPECT_GT(healthy.trend_n.p_value, 0.01);
    EXPECT_GT(healthy.heteroscedasticity.p_value, 0.01);
    for (Observation& o : points) {
        o.loss = truth.loss(o.parameters, o.tokens) * std::exp(0.003 * std::pow(o.parameters / 2e6, 0.5) * random.normal());
    }
    EXPECT_LT(make_study(points, quick()).schemes[0].residual_tests.heteroscedasticity.p_value, 0.01);
}

TEST(HeldOut, predicts_what_follows_the_law_and_says_how_far_off_it_is_otherwise) {
    PowerLaw other = truth;
    other.A = 440;
    std::vector<Observation> points = plant({{"rope", truth}, {"b", other}}, {});
    Study study = make_study(points, quick());
    ASSERT_EQ(study.held_out.size(), 7U);
    const HeldOutSizes& largest = study.held_out.back();
    EXPECT_TRUE(largest.largest);
    EXPECT_EQ(largest.low_parameters, 2e8);
    ASSERT_EQ(largest.errors.size(), 2U);
    EXPECT_EQ(largest.errors[1].rows, 15U);
    EXPECT_EQ(largest.errors[1].pairs, 15U);
    EXPECT_LT(largest.errors[0].root_mean_square, 0.008);
    EXPECT_LT(largest.errors[1].gap_root_mean_square, 0.02);
    EXPECT_TRUE(std::isnan(largest.errors[0].gap_bias));   // the baseline has no gap to itself
    for (Observation& o : points) {
        o.loss *= o.parameters > 1.5e8 ? 1.05 : 1;
    }
    HeldOutSizes off = make_study(points, quick()).held_out.back();
    EXPECT_NEAR(off.errors[0].bias, -std::log(1.05), 0.01);
    EXPECT_LT(std::abs(off.errors[1].gap_bias), 0.02);     // both laws err alike
}

TEST(GapModels, the_one_that_was_planted_is_preferred) {
    std::vector<PairedGap> power, line;
    RandomStream random(1, 0);
    for (double n : {2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8}) {
        for (double ratio : {5, 10, 20, 40, 80}) {
            for (int seed = 0; seed < 3; ++seed) {
                double d = n * ratio;
                power.push_back({n, d, 0.01 - 3 * std::pow(n, -0.4) - 300 * std::pow(d, -0.5) + 0.0005 * random.normal(), 1});
                line.push_back({n, d, 0.1 - 0.01 * std::log(n) + 0.003 * std::log(d) + 0.0005 * random.normal(), 1});
            }
        }
    }
    auto of_power = compare_gap_models(power, 60, 0, 0.95), of_line = compare_gap_models(line, 60, 0, 0.95);
    ASSERT_TRUE(of_power && of_line);
    EXPECT_TRUE(of_power->power_law_preferred);
    EXPECT_FALSE(of_line->power_law_preferred);
    EXPECT_NEAR(of_line->line.numbers.at("n"), -0.01, 0.0005);
    EXPECT_LT(of_line->line.intervals.at("d").low, 0.003);
    EXPECT_GT(of_line->line.intervals.at("d").high, 0.003);
    EXPECT_EQ(of_line->pairs, 105U);
    EXPECT_EQ(of_line->cells, 35U);
}

TEST(Forms, recover_what_was_planted) {
    std::vector<Observation> points = plant({{"", truth}}, {});
    // Kaplan et al. 2020, table 2: alpha_N .076, alpha_D .103, N_c 6.4e13, D_c 1.8e13.
    for (Observation& o : points) {
        o.loss = std::pow(std::pow(6.4e13 / o.parameters, 0.076 / 0.103) + 1.8e13 / o.tokens, 0.103);
    }
    FormOptions options;
    options.draws = 20;
    auto kaplan = fit_form("kaplan", points, options);
    ASSERT_TRUE(kaplan);
    EXPECT_NEAR(kaplan->numbers.at("alpha_N"), 0.076, 1e-4);
    EXPECT_NEAR(kaplan->numbers.at("alpha_D"), 0.103, 1e-4);
    EXPECT_NEAR(kaplan->numbers.at("log_Nc"), std::log(6.4e13), 0.01);
    EXPECT_NEAR(form_loss(*kaplan, 1e9, 1e10), std::pow(std::pow(6.4e4, 0.076 / 0.103) + 1.8e3, 0.103), 1e-4);

    for (Observation& o : points) {
        double n = o.parameters / 2e7;
        o.loss = std::exp(0.3 * std::pow(n, -0.2) + 0.4) + std::exp(0.2 * std::pow(n, -0.1) + 5) * std::pow(o.tokens, -0.3 * std::pow(n, 0.02));
    }
    auto farseer = fit_form("farseer", points, options);
    ASSERT_TRUE(farseer);
    EXPECT_LT(farseer->root_mean_square, 1e-3);
    EXPECT_NEAR(form_loss(*farseer, 2e8, 4e9) / points[points.size() - 8].loss, 1, 0.02);

    for (Observation& o : points) {
        o.loss = 1.7 + 900 * std::pow(o.flops, -0.16);
    }
    auto compute = fit_form("compute", points, options);
    ASSERT_TRUE(compute);
    EXPECT_NEAR(compute->numbers.at("E"), 1.7, 1e-3);
    EXPECT_NEAR(compute->numbers.at("g"), 0.16, 1e-3);
}

TEST(Isoflop, exponent_is_that_of_the_law) {
    // b / (a + b) = .37 / .72 = .514 of N* in C, from budgets with sizes centred on the optimum.
    std::vector<Observation> points;
    for (double flops : {1e17, 3e17, 1e18, 3e18, 1e19}) {
        double best = frontier(truth, {}, flops).parameters;
        for (double factor : {0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8}) {
            Observation o;
            o.parameters = best * factor;
            o.tokens = flops / (6 * o.parameters);
            o.flops = flops;
            o.loss = truth.loss(o.parameters, o.tokens);
            points.push_back(o);
        }
    }
    auto fit = fit_isoflops(points, 0, 0.95);
    ASSERT_TRUE(fit);
    EXPECT_EQ(fit->budgets.size(), 5U);
    EXPECT_NEAR(fit->exponent_parabola, 0.514, 0.005);
    EXPECT_NEAR(fit->exponent_spline, 0.514, 0.005);
    EXPECT_FALSE(fit_isoflops(plant({{"", truth}}, {}), 0, 0.95));   // a grid of sizes and ratios has no such budgets
}

}  // namespace
}  // namespace overtake
