// Figures of what was learned: which curves they take, and the numbers in their words.
#include "analysis/structure_figures.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "analysis/learned_series.hpp"

namespace overtake {
namespace {

void add_trial(Results& results, const std::string& scheme, std::int64_t seed, std::vector<StructureSeries> series) {
    StageRecord stage;
    stage.id = scheme + std::to_string(seed);
    stage.structure = std::move(series);
    TrialResult trial;
    trial.scheme = scheme;
    trial.seed = seed;
    trial.status = TrialStatus::done;
    trial.path = {stage.id};
    results.stages.push_back(stage);
    results.trials.push_back(trial);
}

StructureSeries series(const std::string& kind, const std::string& source, std::vector<double> value, std::int64_t head = -1) {
    StructureSeries s{.kind = kind, .source = source, .family = kind == "bias-fit" ? "power" : "", .head = head, .x = {}, .value = std::move(value)};
    for (std::size_t i = 0; i < s.value.size(); ++i) {
        s.x.push_back(static_cast<double>(i));
    }
    return s;
}

const Figure* find(const std::vector<Figure>& figures, const std::string& name) {
    const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == name; });
    return found == figures.end() ? nullptr : &*found;
}

TEST(StructureFigures, FrequenciesNameTheEffectiveBase) {
    Results results;
    // Four pairs at 1, 0.1, 0.01, 0.001: theta_j = base^(-j/4) with base = 10^4.
    add_trial(results, "learned-rope", 0, {series("frequencies", "rotation", {0.5, 0.1, 0.02, 0}), series("frequencies-fit", "rotation", {1, 0.1, 0.01, 0.001}),
                                           series("frequencies-start", "rotation", {1, 0.2, 0.04, 0.008})});
    const std::vector<Figure> figures = structure_figures(results);
    ASSERT_EQ(figures.size(), 1U);
    EXPECT_EQ(figures[0].name, "frequencies-learned-rope");
    EXPECT_NE(figures[0].caption.find("(effective base 1e+04)"), std::string::npos) << figures[0].caption;
    EXPECT_NE(figures[0].data.find("# seed 0, all sets: pair radians_per_token octaves_from_start\n0 0.5 -1\n"), std::string::npos) << figures[0].data;  // half of 1: an octave below
    EXPECT_NE(figures[0].data.find("# RoPE's grid, where training started: pair radians_per_token octaves_from_start\n0 1 0\n1 0.2 0\n"), std::string::npos) << figures[0].data;
}

TEST(StructureFigures, BiasesStandBesideTheirFitsAndOtherSeeds) {
    Results results;
    for (const std::int64_t seed : {0, 1}) {
        add_trial(results, "t5", seed, {series("bias", "bias", {0, -1, -2}, 0), series("bias", "bias", {0, -3, -4}, 1), series("bias-fit", "bias", {0, -1.5, -2.5}, 1)});
    }
    const std::vector<Figure> figures = structure_figures(results);
    const Figure* bias = find(figures, "bias-bias-t5");
    ASSERT_NE(bias, nullptr);
    EXPECT_NE(bias->data.find("# head 1, fit power: lag bias\n1 -1.5\n2 -2.5\n"), std::string::npos) << bias->data;
    EXPECT_NE(bias->data.find("# head 0, seed 1: lag bias\n1 -1\n2 -2\n"), std::string::npos) << bias->data;
    EXPECT_NE(bias->script.find("title 'head 1: power'"), std::string::npos);
    const Figure* agreement = find(figures, "seed-agreement");
    ASSERT_NE(agreement, nullptr);
    EXPECT_NE(agreement->data.find("\n1 0 0 1\n"), std::string::npos) << agreement->data;
}

TEST(StructureFigures, SpectraAreMeansWithTheirNull) {
    Results results;
    add_trial(results, "learned", 0, {series("spectrum", "input", {0.5, 0.25, 0.25}, 0), series("spectrum", "input", {0.5, 0.5, 0}, 1), series("spectrum-null", "input", {0.3, 0.3, 0.4}),
                                      series("spectrum-null-low", "input", {0.2, 0.2, 0.2}), series("spectrum-null-high", "input", {0.6, 0.4, 0.6}), series("similarity", "input", {1, 0.5, 0.5, 1})});
    results.stages[0].structure.back().x = {0, 7, 0, 7};
    const std::vector<Figure> figures = structure_figures(results);
    const Figure* spectrum = find(figures, "spectrum-input-learned");
    ASSERT_NE(spectrum, nullptr);
    EXPECT_NE(spectrum->data.find("# seed 0: radians_per_token share\n1 0.375\n2 0.125\n"), std::string::npos) << spectrum->data;
    EXPECT_NE(spectrum->data.find("low high\n1 0.2 0.4\n2 0.2 0.6\n"), std::string::npos) << spectrum->data;
    const Figure* similarity = find(figures, "similarity-input-learned");
    ASSERT_NE(similarity, nullptr);
    EXPECT_NE(similarity->data.find("0 7 0.5\n\n7 0 0.5\n7 7 1\n"), std::string::npos) << similarity->data;
}

TEST(StructureFigures, BiasesOfContentHaveBandsAndGatesTheirQuantiles) {
    Results results;
    std::vector<StructureSeries> all{series("bias", "content", {0, -1, -2}, 0), series("bias-spread", "content", {0, 0.5, 0.25}, 0),
                                     series("gate", "kept", {0.5, 0.75, 1}, 0), series("gate", "kept", {0.25, 0.5, 0.75}, 0), series("use", "rotation", {0.75, 0.25}, 0)};
    for (std::size_t i : {0U, 1U, 2U, 4U}) {
        all[i].layer = 0;
    }
    all[3].layer = 1;
    all[4].x = {1, 0.125};
    add_trial(results, "fox", 0, std::move(all));
    const std::vector<Figure> figures = structure_figures(results);
    const Figure *bias = find(figures, "bias-content-fox"), *gate = find(figures, "gate-kept-fox"), *use = find(figures, "use-rotation-fox");
    ASSERT_NE(bias, nullptr);
    EXPECT_NE(bias->data.find("# head 0, one deviation: lag low high\n1 -1.5 -0.5\n2 -2.25 -1.75\n"), std::string::npos) << bias->data;
    EXPECT_NE(bias->caption.find("one standard deviation"), std::string::npos);
    ASSERT_NE(gate, nullptr);
    EXPECT_NE(gate->data.find("# layer 1, head 0: x value\n0 0.25\n1 0.5\n2 0.75\n"), std::string::npos) << gate->data;
    EXPECT_NE(gate->script.find("title 'layer 1'"), std::string::npos) << gate->script;
    ASSERT_NE(use, nullptr);
    EXPECT_NE(use->data.find("1 0.75\n0.125 0.25\n"), std::string::npos) << use->data;
}

TEST(SeedAgreement, CorrelatesWhatCanBeCompared) {
    Results results;
    add_trial(results, "a", 0, {series("frequencies", "rotation", {1, 0.1, 0.01, 0}), series("similarity", "input", {1, 0.5, 0.2, 0.5, 1, 0.1, 0.2, 0.1, 1})});
    add_trial(results, "a", 1, {series("frequencies", "rotation", {1, 0.1, 0.02, 5}), series("similarity", "input", {1, -0.5, -0.2, -0.5, 1, -0.1, -0.2, -0.1, 1})});
    const LearnedScheme scheme = learned_schemes(results).at(0);
    // ln: 0, -2.303, -4.605 against 0, -2.303, -3.912: r = 9.008 / sqrt(10.604 x 7.732); the pair at 0 has no logarithm.
    EXPECT_NEAR(seed_agreement(scheme.seeds[0], scheme.seeds[1], "frequencies"), 0.9948, 1e-3);
    EXPECT_NEAR(seed_agreement(scheme.seeds[0], scheme.seeds[1], "similarity"), -1, 1e-12);  // off the diagonal, which is always 1
    EXPECT_TRUE(std::isnan(seed_agreement(scheme.seeds[0], scheme.seeds[1], "bias")));
}

}  // namespace
}  // namespace overtake
