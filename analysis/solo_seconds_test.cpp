// Seconds as cost: which timings count, and what fills the gaps.
#include "analysis/solo_seconds.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/planted.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

/// Two ranks at 2e9 FLOPs a second each, after a wall time of 0.01 s a token whatever the size: small models leave the machine idle.
double seconds_of(double n, double d) { return 2 * d * (0.5e-4 + 6 * n / 4e9); }

Results timed_results() {
    PlantedDesign design;
    design.sizes = {1e4, 3e4, 1e5, 3e5};
    design.ratios = {5, 10, 20};
    design.seeds = 2;
    Results results = planted_results({{"rope", {0.9, 60, 90, 0.35, 0.33}}, {"learned", {0.9, 130, 90, 0.41, 0.33}}}, design);
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        results.trials[i].status = TrialStatus::done;
        Provenance& p = results.stages[i].provenance;
        p.alone = true;
        p.team_width = 2;
        p.seconds = seconds_of(static_cast<double>(results.trials[i].parameters.backbone), static_cast<double>(results.trials[i].tokens)) / 2;
    }
    return results;
}

TEST(SoloSeconds, count_what_ran_alone_at_its_first_attempt) {
    Results results = timed_results();
    const TrialResult& trial = results.trials[5];
    const double seconds = seconds_of(static_cast<double>(trial.parameters.backbone), static_cast<double>(trial.tokens));
    EXPECT_DOUBLE_EQ(solo_seconds(trial, results), seconds);
    StageRecord evaluation = results.stages[5];
    evaluation.id = "evaluation";
    evaluation.kind = "evaluate";
    evaluation.provenance.alone = false;
    results.stages.push_back(evaluation);
    results.trials[5].path.push_back("evaluation");
    EXPECT_DOUBLE_EQ(solo_seconds(results.trials[5], results), seconds);  // evaluations cost nothing here, as in FLOPs
    results.stages[5].provenance.attempts = 2;
    EXPECT_EQ(solo_seconds(results.trials[5], results), 0);
    results.stages[5].provenance.attempts = 1;
    results.stages[5].provenance.alone = false;
    EXPECT_EQ(solo_seconds(results.trials[5], results), 0);
    EXPECT_EQ(seconds_unit(results), "rank seconds");
}

TEST(SoloSeconds, come_from_the_schemes_law_where_a_trial_was_not_alone) {
    Results results = timed_results();
    results.stages[7].provenance.alone = false;
    ObservationSet set = observations_of(results);
    const std::size_t before = set.observations.size();
    count_in_seconds(set);
    ASSERT_EQ(set.observations.size(), before);
    for (const Observation& o : set.observations) {
        EXPECT_NEAR(o.flops / seconds_of(o.parameters, o.tokens), 1, 1e-6) << o.line;  // also of trial 7
    }
    EXPECT_EQ(set.remarks, (std::vector<std::string>{"seconds of 1 trial that did not run alone come from their scheme's cost law"}));
}

TEST(SoloSeconds, leave_out_a_scheme_that_never_ran_alone) {
    Results results = timed_results();
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        results.stages[i].provenance.alone = results.trials[i].scheme == "rope";
    }
    ObservationSet set = observations_of(results);
    count_in_seconds(set);
    EXPECT_EQ(set.observations.size(), 24U);
    EXPECT_EQ(set.left_out_points.size(), 24U);
    EXPECT_EQ(set.left_out.back(), "24 trials of a scheme with fewer than 6 trials, or 3 sizes, that ran alone");
    for (StageRecord& stage : results.stages) {
        stage.provenance.alone = false;
    }
    set = observations_of(results);
    EXPECT_THROW(count_in_seconds(set), ConfigError);
}

TEST(SoloSeconds, of_a_table_make_a_comparison_in_seconds) {
    std::string table = "scheme,parameters,tokens,loss,seed,seconds\n";
    for (const Observation& o : plant({{"rope", {1.8, 480, 2100, 0.35, 0.37}}, {"fire", {1.8, 930, 2100, 0.39, 0.37}}}, {})) {
        table += o.scheme + "," + std::to_string(o.parameters) + "," + std::to_string(o.tokens) + "," + std::to_string(o.loss) + "," + std::to_string(o.seed) + "," +
                 std::to_string((o.scheme == "fire" ? 1.2 : 1.0) * o.tokens * (1e-6 + 6 * o.parameters / 4e14)) + "\n";
    }
    ObservationSet set = observations_of_table(table, "runs.csv", columns_by_name(table));
    count_in_seconds(set);
    StudyOptions options;
    options.bootstrap.draws = 100;
    options.fit.start_stride = 23;
    options.examine = false;
    options.comparison.cost_unit = "seconds";
    const std::vector<Study> studies = make_studies(set.observations, options);
    const Comparison& c = studies.at(0).comparisons.at(0);
    ASSERT_TRUE(c.numeric);
    EXPECT_NE(c.sentence.find(" seconds"), std::string::npos) << c.sentence;
    EXPECT_EQ(c.sentence.find("FLOPs"), std::string::npos) << c.sentence;
    // Equal losses at 10^16.49 FLOPs at equal cost; fire's seconds are 1.2 times rope's, so it must lead by more first.
    ASSERT_EQ(c.crossings.size(), 1U);
    const FrontierPoint rope = frontier({1.8, 480, 2100, 0.35, 0.37}, studies[0].schemes[0].cost, std::pow(10.0, c.crossings[0].log10_flops));
    const FrontierPoint fire = frontier({1.8, 930, 2100, 0.39, 0.37}, studies[0].schemes[1].cost, std::pow(10.0, c.crossings[0].log10_flops));
    EXPECT_NEAR(rope.loss, fire.loss, 0.01);
    EXPECT_GT(c.crossings[0].parameters, 1e7);
    const auto json = nlohmann::json::parse(crossovers_as_json(studies, set));
    EXPECT_TRUE(json["crossings"][0].contains("log10_seconds"));
    EXPECT_FALSE(json["crossings"][0].contains("log10_flops"));
    EXPECT_EQ(json["cost_unit"], "seconds");
    EXPECT_EQ(json["numeric"], true);
    EXPECT_TRUE(json["crossings_closed_form"].is_array());
    EXPECT_TRUE(json["log10_seconds_range"].is_array());
}

}  // namespace
}  // namespace overtake
