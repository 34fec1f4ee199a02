// Tuning in the report: its tables say what the sweep text says, and what is flagged is told with every comparison or left out.
#include "analysis/tuning_table.hpp"

#include <gtest/gtest.h>

#include "analysis/observations.hpp"
#include "analysis/planted.hpp"
#include "analysis/study.hpp"

namespace overtake {
namespace {

const std::string file = R"([sweep]
name = "tuned"
[tune]
size = ["1x16", "2x32"]
tokens = ["5x", "20x"]
[grid]
size = "1x16"
tokens = "5x"
position = ["rope", "learned"]
)";

Results tuned() {
    std::vector<TunedChoice> choices{{.position = "rope base=10000", .rate = 2, .exponent = -0.1, .reference_parameters = 1e6, .reference_tokens = 1e6,
                                      .knob_kind = Knob::base, .knob = 1000, .curvature = 0.031, .gain = 0.004, .tokens_slope = -0.2, .trials = 80, .flops = 3e12,
                                      .flags = "base 1000 is the edge"},
                                     {.position = "learned", .rate = 0.7, .knob_kind = Knob::position_rate, .knob = 3, .trials = 60, .flops = 1e12}};
    const std::vector<RateCheck> checks{{.position = "learned", .size = "2x32", .tokens = 123456, .seeds = 4, .rate = 0.5, .difference = 0.0031,
                                         .low = -0.0011, .high = 0.0073, .verdict = RateVerdict::no_worse}};
    Results results;
    results.sweep_text = file + tuning_choices_text(choices, checks);
    return results;
}

TEST(TuningTable, SaysWhatTheSweepTextSays) {
    const Results results = tuned();
    const std::optional<Table> choices = tuning_table(results), checks = rate_check_table(results);
    ASSERT_TRUE(choices.has_value());
    ASSERT_EQ(choices->rows.size(), 2u);
    EXPECT_EQ(choices->rows[0].front(), "rope base=10000");
    EXPECT_EQ(choices->rows[0][4], "base 1000");
    EXPECT_EQ(choices->rows[0].back(), "untuned: base 1000 is the edge");
    EXPECT_EQ(choices->rows[1][4], "position_learning_rate_multiplier 3");
    EXPECT_EQ(choices->rows[1].back(), "none");
    EXPECT_NE(choices->caption.find("4e+12 FLOPs, counted in no trial's compute"), std::string::npos) << choices->caption;
    ASSERT_TRUE(checks.has_value());
    EXPECT_EQ(checks->rows[0], (std::vector<std::string>{"learned", "2x32", "123k", "4", "x 0.5", "+0.0031 [-0.0011, +0.0073]", "no worse"}));
}

TEST(TuningTable, IsAbsentWithoutTuning) {
    Results results;
    results.sweep_text = file;
    EXPECT_FALSE(tuning_table(results).has_value());
    results.sweep_text = "broken " + file;
    EXPECT_FALSE(rate_check_table(results).has_value());
}

TEST(Untuned, IsFlaggedInEveryComparisonOrLeftOut) {
    PlantedDesign design;
    design.sizes = {1e4, 3e4, 1e5, 3e5};
    design.ratios = {5, 10, 20};
    design.seeds = 2;
    Results results = planted_results({{"rope", {0.9, 60, 90, 0.35, 0.33}}, {"learned", {0.9, 130, 90, 0.41, 0.33}}}, design);
    for (TrialResult& trial : results.trials) {
        trial.tuning = trial.scheme == "learned" ? "untuned" : "tuned";
    }
    StudyOptions options;
    options.bootstrap.draws = 40;
    options.fit.start_stride = 23;
    const ObservationSet kept = observations_of(results);
    const Study study = make_study(kept.observations, options);
    ASSERT_EQ(study.comparisons.size(), 1u);
    const std::vector<std::string>& notes = study.comparisons[0].notes;
    EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) { return note.starts_with("learned: untuned"); }));
    EXPECT_FALSE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) { return note.starts_with("rope: untuned"); }));
    ObservationFilter filter;
    filter.untuned = Untuned::leave_out;
    const ObservationSet left = observations_of(results, filter);  // one of the 24 is unfinished, which comes first
    EXPECT_TRUE(std::none_of(left.observations.begin(), left.observations.end(), [](const Observation& o) { return o.scheme == "learned"; }));
    EXPECT_TRUE(std::any_of(left.left_out.begin(), left.left_out.end(),
                            [](const std::string& words) { return words.find("23 trials whose tuning is flagged") != std::string::npos; }));
}

}  // namespace
}  // namespace overtake
