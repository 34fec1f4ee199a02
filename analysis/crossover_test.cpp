// Crossings: planted ones are found with intervals that cover them, and none is claimed where there is none.
#include "analysis/crossover.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/family.hpp"
#include "analysis/gap_models.hpp"
#include "analysis/json.hpp"
#include "analysis/planted.hpp"
#include "analysis/scheme_classes.hpp"
#include "analysis/study.hpp"
#include "analysis/verdict.hpp"

namespace overtake {
namespace {

// Same E; the second has the steeper law in N and crosses the first well inside the data, 10^14.1 .. 10^19.3 FLOPs.
const PowerLaw base{1.8, 480, 2100, 0.35, 0.37};
const PowerLaw steeper{1.8, 930, 2100, 0.39, 0.37};

StudyOptions quick() {
    StudyOptions options;
    options.bootstrap.draws = 200;
    options.fit.start_stride = 23;
    return options;
}

Comparison compare_planted(const PowerLaw& a, const PowerLaw& b, const PlantedDesign& design = {}) {
    return make_study(plant({{"rope", a}, {"learned", b}}, design), quick()).comparisons.at(0);
}

TEST(Frontier, is_the_best_of_the_points_of_equal_cost) {
    CostLaw cost{5, 1.02, 0.99};
    double flops = 3e18;
    FrontierPoint best = frontier(base, cost, flops);
    EXPECT_NEAR(cost.flops(best.parameters, best.tokens) / flops, 1, 1e-12);
    EXPECT_NEAR(base.loss(best.parameters, best.tokens), best.loss, 1e-12);
    for (double factor : {0.5, 0.9, 0.99, 1.01, 1.1, 2.0}) {
        double n = best.parameters * factor, d = std::pow(flops / (cost.k * std::pow(n, cost.p)), 1 / cost.q);
        EXPECT_GT(base.loss(n, d), best.loss);
    }
}

TEST(Frontier, at_chinchillas_compute_agrees_with_the_published_refit) {
    FrontierPoint at = frontier({1.817218, 477.826, 2143.417, 0.347310, 0.367172}, {}, 5.76e23);
    EXPECT_NEAR(at.parameters / 7.32e10, 1, 0.01);
    EXPECT_NEAR(at.tokens / 1.312e12, 1, 0.01);
    EXPECT_NEAR(at.loss, 1.974, 1e-3);
}

TEST(Compare, does_not_follow_a_frontier_far_from_the_trained_sizes) {
    const PowerLaw hardly_any_size{1.8, 3, 2100, 0.01, 0.37};  // its optimum at 10^17 FLOPs has 2e4 parameters; the data begin at 2e6
    EXPECT_LT(frontier(hardly_any_size, {}, 1e17).parameters, 1e5);
    const Comparison c = compare_planted(base, hardly_any_size);
    EXPECT_TRUE(c.at_fixed_ratio);
    EXPECT_FALSE(compare_planted(base, steeper).at_fixed_ratio);
}

TEST(CostLaw, finds_exact_powers_and_falls_back_to_six_nd) {
    std::vector<Observation> observations = plant({{"", base}}, {});
    for (Observation& o : observations) {
        o.flops = 7 * std::pow(o.parameters, 1.03) * std::pow(o.tokens, 0.98);
    }
    CostLaw cost = fit_cost(observations);
    EXPECT_NEAR(cost.p, 1.03, 1e-4);
    EXPECT_NEAR(cost.q, 0.98, 1e-4);
    EXPECT_LT(cost.worst_error, 1e-3);
    CostLaw one = fit_cost(std::vector<Observation>(observations.begin(), observations.begin() + 1));
    EXPECT_NEAR(one.p, 1, 1e-6);
}

TEST(FindRoots, sees_both_and_their_directions) {
    auto roots = find_roots([](double x) { return (x - 3.3) * (x - 7.1); }, 0, 10);
    ASSERT_EQ(roots.size(), 2U);
    EXPECT_NEAR(roots[0].log10_flops, 3.3, 1e-9);
    EXPECT_TRUE(roots[0].challenger_gains);
    EXPECT_NEAR(roots[1].log10_flops, 7.1, 1e-9);
    EXPECT_FALSE(roots[1].challenger_gains);
    EXPECT_TRUE(find_roots([](double) { return 0.0; }, 0, 10).empty());
}

TEST(Compare, finds_a_planted_crossing_inside_the_data) {
    double truth = planted_crossing(base, steeper);
    ASSERT_GT(truth, 15.5);
    ASSERT_LT(truth, 18.5);
    Comparison c = compare_planted(base, steeper);
    EXPECT_EQ(c.relation, Relation::overtakes) << c.sentence;
    EXPECT_EQ(c.verdict, Verdict::inside);
    ASSERT_EQ(c.crossings.size(), 1U);
    EXPECT_LT(c.crossings[0].interval.low, truth);
    EXPECT_GT(c.crossings[0].interval.high, truth);
    EXPECT_LT(c.crossings[0].interval.high - c.crossings[0].interval.low, 0.4);
    EXPECT_GT(c.probability[1], 0.9);
    Comparison mirrored = compare_planted(steeper, base);
    EXPECT_EQ(mirrored.relation, Relation::overtaken) << mirrored.sentence;
}

TEST(Compare, sizes_at_a_crossing_are_no_surer_than_its_compute) {
    const Crossing along_ray = compare_planted(base, steeper).ratio_crossings.at(0);
    EXPECT_NEAR(along_ray.log10_parameters.low, 0.5 * (along_ray.interval.low - std::log10(6 * 20)), 1e-9) << "C = 6 N D, D = 20 N";
    EXPECT_NEAR(along_ray.log10_tokens.high, 0.5 * (along_ray.interval.high - std::log10(6 / 20.0)), 1e-9);
    PlantedDesign noisy;
    noisy.noise = 0.03;
    noisy.sizes = {2e6, 5e6, 1e7};
    int open = 0;
    for (const std::vector<Crossing>& crossings : {compare_planted(base, steeper, noisy).crossings, compare_planted(base, steeper, noisy).ratio_crossings}) {
        for (const Crossing& crossing : crossings) {
            for (const Interval& size : {crossing.log10_parameters, crossing.log10_tokens}) {
                EXPECT_EQ(std::isfinite(size.low), std::isfinite(crossing.interval.low));
                EXPECT_EQ(std::isfinite(size.high), std::isfinite(crossing.interval.high));
                open += std::isfinite(size.low) && std::isfinite(size.high) ? 0 : 1;
            }
        }
    }
    EXPECT_GT(open, 0) << "a design that shows it";
}

TEST(Compare, claims_nothing_for_identical_and_parallel_laws) {
    PowerLaw parallel = base;
    parallel.A *= 1.05;
    parallel.B *= 1.05;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        PlantedDesign design;
        design.ratios = {5, 20, 80};
        design.seed = seed;
        Comparison same = compare_planted(base, base, design), above = compare_planted(base, parallel, design);
        for (const Comparison* c : {&same, &above}) {
            EXPECT_NE(c->verdict, Verdict::inside) << c->sentence;
            EXPECT_NE(c->verdict, Verdict::extrapolated) << c->sentence;
        }
        EXPECT_EQ(above.relation, Relation::trails) << above.sentence;
        EXPECT_EQ(above.leader_in_range, "rope");
    }
}

TEST(Compare, calls_identical_laws_with_little_noise_equivalent) {
    PlantedDesign design;
    design.noise = 0.0001;
    Comparison c = compare_planted(base, base, design);
    EXPECT_EQ(c.relation, Relation::equivalent) << c.sentence;
    EXPECT_EQ(c.verdict, Verdict::none);
}

TEST(Compare, finds_two_crossings) {
    // Lower A and E against a lower B: ahead in the middle only.
    PowerLaw other{1.86, 1500, 2100, 0.43, 0.37};
    auto roots = find_roots([&](double x) { return frontier(other, {}, std::pow(10.0, x)).loss - frontier(base, {}, std::pow(10.0, x)).loss; }, 12, 22);
    PlantedDesign design;
    design.noise = 0.001;
    design.sizes = {2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8};
    Comparison c = compare_planted(base, other, design);
    ASSERT_EQ(c.crossings.size(), roots.size()) << c.sentence;
    for (std::size_t i = 0; i < roots.size(); ++i) {
        EXPECT_NEAR(c.crossings[i].log10_flops, roots[i].log10_flops, 0.5);
        EXPECT_EQ(c.crossings[i].challenger_gains, roots[i].challenger_gains);
    }
}

TEST(Compare, says_why_when_a_scheme_has_too_few_points) {
    std::vector<Observation> observations = plant({{"rope", base}, {"learned", steeper}}, {});
    std::erase_if(observations, [](const Observation& o) { return o.scheme == "learned" && o.parameters > 6e6; });
    Comparison c = make_study(observations, quick()).comparisons.at(0);
    EXPECT_EQ(c.verdict, Verdict::not_determined);
    EXPECT_NE(c.sentence.find("no law for learned: 30 points at 2 different N"), std::string::npos) << c.sentence;
}

TEST(Compare, falls_back_to_fixed_tokens_per_parameter_without_a_frontier) {
    // Loss grows with N at fixed D, as when large models get too few steps: no compute is optimal, but a ray can be compared.
    PowerLaw odd{0.5, 0.2, 30, -0.08, 0.25}, better{0.5, 0.19, 30, -0.08, 0.25};
    Comparison c = compare_planted(odd, better);
    EXPECT_TRUE(c.at_fixed_ratio);
    EXPECT_EQ(c.relation, Relation::leads) << c.sentence;
    EXPECT_NE(c.sentence.find("FLOPs at 20 tokens per parameter: nowhere behind"), std::string::npos) << c.sentence;
}

TEST(GapModels, recover_what_was_planted) {
    std::vector<PairedGap> gaps;
    for (double n : {1e6, 1e7, 1e8}) {
        for (double d : {1e8, 1e9, 1e10}) {
            gaps.push_back({n, d, 0.01 - 0.002 * std::log(n) + 0.001 * std::log(d)});
        }
    }
    auto line = fit_log_line_gap(gaps);
    ASSERT_TRUE(line);
    EXPECT_NEAR(line->n, -0.002, 1e-12);
    EXPECT_NEAR(line->d, 0.001, 1e-12);
    for (PairedGap& g : gaps) {
        g.gap = 0.01 - 3 * std::pow(g.parameters, -0.3) + 5 * std::pow(g.tokens, -0.25);
    }
    auto law = fit_power_law_gap(gaps);
    ASSERT_TRUE(law);
    EXPECT_NEAR(law->at(3e7, 3e9), 0.01 - 3 * std::pow(3e7, -0.3) + 5 * std::pow(3e9, -0.25), 2e-3);
    EXPECT_FALSE(fit_log_line_gap(std::span(gaps).first(4)));
}

TEST(SchemeClasses, choose_on_one_seed_and_score_on_others) {
    Study study = make_study(plant({{"rope", base}, {"kerple-log", steeper}, {"t5", {1.8, 900, 2500, 0.35, 0.37}}, {"learned-rope", base}}, {}), quick());
    for (SchemeLaw& s : study.schemes) {
        s.scheme_class = s.scheme == "rope" ? "H" : s.scheme == "learned-rope" ? "S" : "L";
    }
    auto classes = compare_classes(study);
    ASSERT_EQ(classes.size(), 2U);
    EXPECT_EQ(classes[0].challenger_class, "L");
    EXPECT_EQ(classes[0].comparison.challenger, "kerple-log");
    EXPECT_NE(classes[0].selection.find("chosen on seed 0, scored on the others"), std::string::npos) << classes[0].selection;
    EXPECT_EQ(classes[1].comparison.challenger, "learned-rope");
    EXPECT_EQ(classes[1].selection, "Each class has one member here, so nothing was chosen.");

    // Two contexts of two class comparisons are one family of four, apart from the six pairs.
    std::vector<Study> studies{study, study};
    auto all = compare_classes(studies);
    std::vector<double> p_values;
    for (const auto& of_study : all) {
        for (const ClassComparison& c : of_study) {
            p_values.push_back(c.comparison.p_value);
            EXPECT_EQ(c.comparison.family_size, 4U);
        }
    }
    const std::vector<double> adjusted = holm(p_values);
    EXPECT_DOUBLE_EQ(all[0][0].comparison.p_holm, adjusted[0]);
    EXPECT_DOUBLE_EQ(all[1][1].comparison.p_holm, adjusted[3]);
    EXPECT_GT(all[0][0].comparison.p_holm, classes[0].comparison.p_holm);  // the same p among two
    auto json = nlohmann::json::parse(crossovers_as_json(studies, {}, {}, all));
    ASSERT_EQ(json["classes"].size(), 4U);
    EXPECT_EQ(json["classes"][3]["baseline_class"], "H");
    EXPECT_EQ(json["classes"][3]["challenger_class"], "S");
    EXPECT_EQ(json["classes"][3]["comparisons"], 4);
    EXPECT_DOUBLE_EQ(json["classes"][0]["p_holm"].get<double>(), adjusted[0]);
}

Comparison hand_made() {
    Comparison c;
    c.baseline = "rope";
    c.challenger = "kerple-log";
    c.low_log10_flops = 12.1;
    c.high_log10_flops = 14.04;
    c.horizon_log10_flops = 15.04;
    c.band = {{12.1, 14.04}, {0.2, -0.05}, {0.1, -0.1}, {0.3, -0.01}, {}};
    Crossing crossing;
    crossing.log10_flops = 13.21;
    crossing.interval = {12.94, 13.58};
    c.crossings = {crossing};
    return c;
}

TEST(VerdictSentence, wording_is_pinned) {
    Comparison c = hand_made();
    decide(c, c.band);
    EXPECT_EQ(verdict_sentence(c),
              "kerple-log overtakes rope at C = 10^13.2 FLOPs [10^12.9, 10^13.6] (95 %), inside the data (C = 10^12.1 to 10^14.0 FLOPs, compute-optimal).");

    c = hand_made();
    c.crossings[0].interval = {12, INFINITY};
    decide(c, c.band);
    EXPECT_EQ(verdict_sentence(c), "Whether kerple-log overtakes rope is not determined (interval wider than a decade; best guess C = 10^13.2 FLOPs "
                                   "[10^12.0, beyond all] (95 %)).");

    c = hand_made();
    c.crossings.clear();
    c.band = {{12.1, 14.04}, {0.2, 0.05}, {0.1, 0.02}, {0.3, 0.1}, {}};
    decide(c, c.band);
    EXPECT_EQ(verdict_sentence(c), "kerple-log never overtakes rope within C = 10^12.1 to 10^14.0 FLOPs, compute-optimal: nowhere ahead by more than 0.002 "
                                   "nats per token (95 %), 0.200 nats behind at the low end and 0.050 behind at the high end.");

    c.opinions_crossing = {"shared E"};
    c.opinions_not_crossing = {"log-line gap"};
    EXPECT_EQ(verdict_sentence(c), "kerple-log never overtakes rope within C = 10^12.1 to 10^14.0 FLOPs, compute-optimal: nowhere ahead by more than 0.002 "
                                   "nats per token (95 %), 0.200 nats behind at the low end and 0.050 behind at the high end; beyond the data it is "
                                   "not determined: the models disagree.");

    c = hand_made();
    c.crossings.clear();
    c.band = {{12.1, 14.04}, {-0.2, -0.05}, {-0.3, -0.1}, {-0.1, -0.02}, {}};
    decide(c, c.band);
    EXPECT_EQ(verdict_sentence(c), "kerple-log leads rope within C = 10^12.1 to 10^14.0 FLOPs, compute-optimal: nowhere behind by more than 0.002 nats per "
                                   "token (95 %), 0.200 nats ahead at the low end and 0.050 ahead at the high end.");

    c = hand_made();
    c.crossings[0].log10_flops = 14.5;
    c.crossings[0].interval = {14.2, 14.9};
    c.opinions_crossing = {"shared E", "separate E", "power-law gap", "log-line gap"};
    c.band = {{12.1, 14.04}, {0.2, 0.05}, {0.1, 0.02}, {0.3, 0.1}, {}};
    decide(c, {{12.1, 14.04, 15.04}, {0.2, 0.05, -0.05}, {0.1, 0.02, -0.1}, {0.3, 0.1, -0.01}, {}});
    EXPECT_EQ(verdict_sentence(c), "kerple-log overtakes rope at C = 10^14.5 FLOPs [10^14.2, 10^14.9] (95 %), extrapolated by 0.5 decades beyond the data "
                                   "(C = 10^12.1 to 10^14.0 FLOPs, compute-optimal).");
}

}  // namespace
}  // namespace overtake
