// The check of the shared rate: which trials it asks for, and what their losses say, by differences and intervals worked by hand.
#include "sweeps/rate_check.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

const std::string file = R"([sweep]
name = "checked"
[optimizer]
learning_rate = 0.01
[tune]
size = ["2x32", "1x16"]
tokens = ["5x", "20x"]
check_seeds = [7, 8]
[grid]
size = "1x16"
tokens = ["10x", "40x", "20x"]
position = ["alibi", "rope", "kerple-log", "learned"]
seed = [0, 1]
)";

TEST(RateCheck, AsksForTheBaselineAndTheFirstLearnedSchemeAtBothEndsOfTheBudgets) {
    const Tuning tuning = *parse_specification(file, "checked.toml").tuning;
    ASSERT_EQ(tuning.checks.size(), 4u);
    EXPECT_EQ(tuning.checks[0].position, tuning.schemes[1].position);
    EXPECT_EQ(tuning.checks[2].position, tuning.schemes[2].position);
    EXPECT_EQ(tuning.checks[0].size, "2x32") << "the largest of [tune]";
    EXPECT_NEAR(tuning.checks[1].tokens / tuning.checks[0].tokens, 4, 0.2);
    ASSERT_EQ(tuning.check_trials.size(), 24u) << "2 schemes, 2 budgets, 3 rates, 2 seeds";
    for (const CheckTrial& trial : tuning.check_trials) {
        EXPECT_EQ(trial.config.evaluation.heldout, HeldoutPart::tuning);
        EXPECT_GE(trial.config.seed, 7);
    }
}

TEST(RateCheck, RunsUnderTheChoices) {
    const TunedChoice choice{.position = parse_specification(file, "checked.toml").tuning->schemes[1].position, .rate = 2, .knob_kind = Knob::base, .knob = 1000};
    const Specification checking = parse_specification(file + tuning_check_text({choice}), "checked.toml");
    EXPECT_EQ(checking.tuning->phase, TuningPhase::checking);
    ASSERT_EQ(checking.trials.size(), 24u);
    EXPECT_EQ(checking.trials[0].optimizer.learning_rate, 0.01) << "half of twice the rule's rate";
    EXPECT_EQ(checking.trials[2].optimizer.learning_rate, 0.02);
    EXPECT_EQ(std::get<double>(checking.trials[0].position.options.at("base")), 1000);
    EXPECT_EQ(grow_forest(checking.trials).trials.size(), 24u);
}

TEST(RateCheck, NamesItsSchemesOrNone) {
    std::string asked = file, none = file;
    asked.insert(asked.find("check_seeds"), "check = [\"alibi\"]\n");
    none.insert(none.find("check_seeds"), "check = []\n");
    EXPECT_EQ(parse_specification(asked, "checked.toml").tuning->checks.size(), 2u);
    EXPECT_TRUE(parse_specification(none, "checked.toml").tuning->checks.empty());
}

TEST(RateCheck, StudentsQuantilesAreThoseOfTheTables) {
    EXPECT_NEAR(student_quantile(1, 0.95), 12.706, 1e-3);
    EXPECT_NEAR(student_quantile(2, 0.95), 4.3027, 1e-4);
    EXPECT_NEAR(student_quantile(3, 0.95), 3.1824, 1e-4);
    EXPECT_NEAR(student_quantile(3, 0.975), 4.1765, 1e-4);
    EXPECT_NEAR(student_quantile(10, 0.99), 3.1693, 1e-4);
}

/// One check with rates 0.5, 1, 2 and seeds 0, 1, 2; losses in that order.
RateCheck decided(const std::vector<double>& loss, double delta = 0.002) {
    std::vector<CheckTrial> trials;
    for (const double rate : {0.5, 1.0, 2.0}) {
        for (const std::int64_t seed : {0, 1, 2}) {
            CheckTrial trial{.check = 0, .rate = rate, .config = {}};
            trial.config.seed = seed;
            trials.push_back(trial);
        }
    }
    return decide_checks({RateCheck{.position = "rope", .size = "2x64", .tokens = 1e6}}, trials, loss, delta, 0.95)[0];
}

TEST(RateCheck, PairsSeedsAndHoldsForBothNeighboursAtOnce) {
    // Against the middle rate: +0.010, +0.011, +0.012 (s = 0.001) and +0.001, +0.002, +0.003; t = 6.2053 of 2 degrees at 97.5 %.
    const RateCheck check = decided({3.010, 3.111, 3.212, 3, 3.1, 3.2, 3.001, 3.102, 3.203});
    EXPECT_EQ(check.rate, 2);
    EXPECT_EQ(check.seeds, 3);
    EXPECT_NEAR(check.difference, 0.002, 1e-12);
    EXPECT_NEAR(check.low, 0.002 - 6.2053 * 0.001 / std::sqrt(3.0), 1e-6);
    EXPECT_NEAR(check.high, 0.002 + 6.2053 * 0.001 / std::sqrt(3.0), 1e-6);
    EXPECT_EQ(check.verdict, RateVerdict::no_worse);
    EXPECT_EQ(decided({3.010, 3.111, 3.212, 3, 3.1, 3.2, 3.001, 3.102, 3.203}, 0.001).verdict, RateVerdict::not_shown);
}

TEST(RateCheck, FlagsARateThatIsSurelyWorse) {
    const RateCheck worse = decided({2.990, 3.089, 3.188, 3, 3.1, 3.2, 3.1, 3.2, 3.3});
    EXPECT_NEAR(worse.difference, -0.011, 1e-12);
    EXPECT_EQ(worse.verdict, RateVerdict::worse) << worse.low << " " << worse.high;
    EXPECT_EQ(decided({2.990, 3.09, 3.195, 3, 3.1, 3.2, 3.1, 3.2, 3.3}).verdict, RateVerdict::not_shown) << "the interval holds 0";
    std::vector<TunedChoice> choices{{.position = "rope"}, {.position = "alibi"}};
    flag_checked(choices, {worse});
    EXPECT_EQ(choices[0].flags, "the shared rate is worse than x0.5 at 2x64, 1.00M tokens");
    EXPECT_FALSE(choices[1].untuned());
}

TEST(RateCheck, DivergenceIsInfinitelyBad) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const RateCheck higher = decided({3.1, 3.2, 3.3, 3, 3.1, 3.2, nan, 3.2, 3.3});
    EXPECT_EQ(higher.rate, 0.5);
    EXPECT_EQ(higher.verdict, RateVerdict::no_worse);
    EXPECT_EQ(decided({3.1, 3.2, 3.3, nan, 3.1, 3.2, nan, 3.2, 3.3}).verdict, RateVerdict::worse);
    EXPECT_EQ(decided({nan, nan, nan, nan, nan, nan, nan, nan, nan}).verdict, RateVerdict::not_shown);
    const RateCheck alone = decided({nan, nan, nan, 3, 3.1, 3.2, nan, nan, nan});
    EXPECT_EQ(alone.verdict, RateVerdict::no_worse);
    const std::string text = file + tuning_choices_text({{.position = "rope base=10000"}}, {alone, higher});
    const Tuning read = *parse_specification(text, "checked.toml").tuning;
    EXPECT_EQ(read.phase, TuningPhase::tuned);
    EXPECT_EQ(read.checks, (std::vector<RateCheck>{alone, higher})) << "infinities read back too";
}

}  // namespace
}  // namespace overtake
