// Tuning: equal trials for every scheme, optima that were planted are found, edges are widened or flagged, choices reach the grid.
#include "sweeps/tuning.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

const std::string file = R"([sweep]
name = "tuned"
[optimizer]
learning_rate = 0.01
reference_parameters = "10k"
exponent = -0.2
[tune]
size = ["1x16", "2x32"]
tokens = ["5x", "20x"]
[grid]
size = ["1x16", "2x32", "2x48"]
tokens = ["5x", "10x"]
position = ["rope", "kerple-log", "alibi", {scheme = "rope", extension = "pi", factor = 2}]
seed = [0, 1]
)";

Specification parse(const std::string& text) { return parse_specification(text, "tuned.toml"); }

/// Losses of a planted valley: lowest at ln rate = a + b ln(N / N0), knob 1 better at its middle value.
std::vector<double> losses(const Tuning& tuning, double a, double b, std::size_t best_knob = 1) {
    std::vector<double> loss;
    for (const TuningTrial& trial : tuning.trials) {
        const TuningCell& cell = tuning.cells[trial.cell];
        const double off = std::log(trial.rate) - a - b * std::log(cell.parameters / tuning.reference_parameters);
        const std::vector<double>& knobs = tuning.schemes[trial.scheme].knobs;
        const bool good = knobs.size() == 1 || trial.knob == knobs[best_knob];
        loss.push_back(3 - 0.1 * std::log(cell.tokens) + 0.02 * off * off + (good ? 0 : 0.01));
    }
    return loss;
}

TEST(Tuning, EverySchemeGetsEquallyManyTrials) {
    const Specification specification = parse(file);
    ASSERT_TRUE(specification.tuning.has_value());
    const Tuning& tuning = *specification.tuning;
    ASSERT_EQ(tuning.schemes.size(), 3u) << "extensions are no schemes of their own";
    EXPECT_EQ(tuning.schemes[0].knob, Knob::base);
    EXPECT_EQ(tuning.schemes[1].knob, Knob::position_rate);
    EXPECT_EQ(tuning.schemes[2].knob, Knob::learning_rate);
    EXPECT_EQ(tuning.cells.size(), 4u);
    std::map<std::size_t, int> trials;
    for (const TuningTrial& trial : tuning.trials) {
        trials[trial.scheme] += 1;
        EXPECT_EQ(trial.config.seed, 1000);
        EXPECT_EQ(trial.config.evaluation.heldout, HeldoutPart::tuning);
        EXPECT_FALSE(trial.config.extension.has_value());
    }
    EXPECT_EQ(trials, (std::map<std::size_t, int>{{0, 60}, {1, 60}, {2, 60}}));
    for (const TrialConfig& trial : specification.trials) {
        EXPECT_EQ(trial.evaluation.heldout, HeldoutPart::scoring);
    }
    EXPECT_EQ(grow_forest(specification.trials).trials.size(), 48u);
}

TEST(Tuning, IsFiveRatesByThreeKnobsInTwoSizesAndTwoBudgets) {
    const Tuning tuning = *parse(file).tuning;
    EXPECT_EQ(tuning.schemes[0].rates, (std::vector<double>{0.25, 0.5, 1, 2, 4}));
    EXPECT_EQ(tuning.schemes[0].knobs, (std::vector<double>{1000, 10000, 100000}));
    EXPECT_EQ(tuning.schemes[1].knobs, (std::vector<double>{0.3, 1, 3}));
    EXPECT_EQ(tuning.schemes[2].rates.size(), 15u) << "no knob of its own: finer rates instead";
    std::set<std::pair<std::string, double>> cells;
    for (const TuningCell& cell : tuning.cells) {
        cells.emplace(cell.size, cell.tokens);
    }
    EXPECT_EQ(cells.size(), 4u);
}

TEST(Tuning, SharesNoStageAndNoHeldOutTextWithTheGrid) {
    const Specification specification = parse(file);
    std::vector<TrialConfig> chosen;
    for (const TuningTrial& trial : specification.tuning->trials) {
        chosen.push_back(trial.config);
    }
    for (const CheckTrial& trial : specification.tuning->check_trials) {
        chosen.push_back(trial.config);
    }
    std::set<std::string> ids;
    for (const Stage& stage : grow_forest(chosen).stages) {
        ids.insert(stage.id);
        if (stage.kind == StageKind::evaluate) {
            EXPECT_NE(stage.text.find("evaluation.heldout=tuning\n"), std::string::npos);
        }
    }
    for (const Stage& stage : grow_forest(specification.trials).stages) {
        EXPECT_FALSE(ids.contains(stage.id)) << "a run that chose would be scored";
        if (stage.kind == StageKind::evaluate) {
            EXPECT_NE(stage.text.find("evaluation.heldout=scoring\n"), std::string::npos);
        }
    }
}

TEST(Tuning, LeavesABaseThatTheGridNames) {
    std::string named = file;
    named.replace(named.find("\"alibi\""), 7, "{scheme = \"rope\", base = 500000}");
    const Tuning tuning = *parse(named).tuning;
    ASSERT_EQ(tuning.schemes.size(), 3u);
    EXPECT_EQ(tuning.schemes[0].knob, Knob::base);
    EXPECT_EQ(tuning.schemes[2].knob, Knob::learning_rate);
}

TEST(Tuning, FindsAPlantedRuleAndCarriesItToTheGrid) {
    const Tuning tuning = *parse(file).tuning;
    const TuningDecision decision = decide_tuning(tuning, losses(tuning, std::log(1.3), -0.15), 0.002, true);
    EXPECT_TRUE(decision.next.empty());
    ASSERT_EQ(decision.choices.size(), 3u);
    for (const TunedChoice& choice : decision.choices) {
        EXPECT_NEAR(choice.rate, 1.3, 1e-9) << sentence(choice);
        EXPECT_NEAR(choice.exponent, -0.15, 1e-9);
        EXPECT_NEAR(choice.curvature, 0.04, 1e-9);
        EXPECT_NEAR(choice.tokens_slope, 0, 1e-9);
        EXPECT_FALSE(choice.untuned()) << sentence(choice);
    }
    EXPECT_EQ(decision.choices[0].knob, 10000);
    EXPECT_EQ(decision.choices[1].knob, 1);
    const Specification plain = parse(file), tuned = parse(file + tuning_choices_text(decision.choices, {}));
    ASSERT_EQ(tuned.trials.size(), plain.trials.size());
    EXPECT_EQ(tuned.tuning->choices, decision.choices) << "the section reads back as it was written";
    const StageForest forest = grow_forest(tuned.trials);
    EXPECT_EQ(forest.trials[0].cell, forest.trials[2].cell) << "schemes of a cell stay together though their rates differ";
    EXPECT_EQ(forest.trials[0].cell, grow_forest(plain.trials).trials[0].cell);
    for (std::size_t i = 0; i < tuned.trials.size(); ++i) {
        const auto parameters = tuned.trials[i].model.width == 16 ? tuning.cells[0].parameters : tuning.cells[2].parameters;
        if (tuned.trials[i].model.width <= 32) {
            EXPECT_NEAR(tuned.trials[i].optimizer.learning_rate / (plain.trials[i].optimizer.learning_rate * 1.3 * std::pow(parameters / 1e4, -0.15)), 1,
                        1e-3);
        }
    }
}

TEST(Tuning, ARuleInTokensTooIsFoundAndUsedOnRequest) {
    std::string asked = file;
    asked.replace(asked.find("tokens = [\"5x\", \"20x\"]"), 22, "tokens = [\"5x\", \"20x\"]\nrule = \"size and tokens\"");
    for (const bool by_tokens : {false, true}) {
        const Tuning tuning = *parse(by_tokens ? asked : file).tuning;
        std::vector<double> loss;
        for (const TuningTrial& trial : tuning.trials) {
            const double off = std::log(trial.rate) + 0.1 * std::log(tuning.cells[trial.cell].tokens / 1e5);
            loss.push_back(3 + 0.02 * off * off);
        }
        const TunedChoice choice = decide_tuning(tuning, loss, 0.002, false).choices[0];
        EXPECT_NEAR(choice.tokens_slope, -0.1, 1e-9) << "told in both cases";
        EXPECT_NEAR(choice.tokens_exponent, by_tokens ? -0.1 : 0, 1e-9);
    }
}

TEST(Tuning, WidensRatesAtTheEdgeThenFlags) {
    const Tuning tuning = *parse(file).tuning;
    const std::vector<double> high = losses(tuning, std::log(6), 0);
    const TuningDecision first = decide_tuning(tuning, high, 0.002, true);
    ASSERT_EQ(first.next.rates.size(), 3u);
    EXPECT_EQ(first.next.rates[0], (std::vector<double>{0.25, 0.5, 1, 2, 4, 8, 16}));
    EXPECT_EQ(first.next.knobs[0], tuning.schemes[0].knobs) << "its optimum lies inside";
    const TuningDecision last = decide_tuning(tuning, high, 0.002, false);
    EXPECT_TRUE(last.next.empty());
    EXPECT_NE(last.choices[0].flags.find("highest rate"), std::string::npos) << last.choices[0].flags;
    const Specification wider = parse(file + tuning_round_text(first.next));
    EXPECT_EQ(wider.tuning->phase, TuningPhase::trying);
    EXPECT_EQ(wider.trials.size(), wider.tuning->trials.size());
    const TuningDecision second = decide_tuning(*wider.tuning, losses(*wider.tuning, std::log(6), 0), 0.002, true);
    EXPECT_TRUE(second.next.empty());
    EXPECT_NEAR(second.choices[0].rate, 6, 1e-9);
    EXPECT_FALSE(second.choices[0].untuned());
}

TEST(Tuning, WidensAKnobThatGainsAtItsEdgeThenFlags) {
    const Tuning tuning = *parse(file).tuning;
    const TuningDecision first = decide_tuning(tuning, losses(tuning, 0, 0, 2), 0.002, true);
    ASSERT_EQ(first.next.knobs.size(), 3u);
    EXPECT_EQ(first.next.knobs[0], (std::vector<double>{1000, 10000, 100000, 1000000}));
    EXPECT_EQ(first.next.knobs[1].size(), 4u);
    EXPECT_NEAR(first.next.knobs[1].back(), 9, 1e-9);
    EXPECT_EQ(first.next.knobs[2], std::vector<double>{1});
    EXPECT_EQ(first.next.rates[0], tuning.schemes[0].rates);
    const Specification wider = parse(file + tuning_round_text(first.next));
    EXPECT_EQ(wider.tuning->trials.size(), 20u * 4 + 20u * 4 + 60u) << "the widened have one knob more, at each rate and cell";
    const TuningDecision inside = decide_tuning(*wider.tuning, losses(*wider.tuning, 0, 0, 2), 0.002, true);
    EXPECT_TRUE(inside.next.empty());
    EXPECT_EQ(inside.choices[0].knob, 100000);
    EXPECT_FALSE(inside.choices[0].untuned()) << inside.choices[0].flags;
    const TuningDecision flat = decide_tuning(tuning, losses(tuning, 0, 0, 2), 0.02, true);
    EXPECT_TRUE(flat.next.empty()) << "a gain below delta asks for nothing";
    EXPECT_FALSE(flat.choices[0].untuned());
}

TEST(Tuning, FlagsAKnobThatGainsAtItsEdgeAndSurvivesDivergence) {
    const Tuning tuning = *parse(file).tuning;
    std::vector<double> loss = losses(tuning, 0, 0, 2);
    for (std::size_t i = 0; i < loss.size(); ++i) {
        loss[i] = tuning.trials[i].rate > 3 ? std::numeric_limits<double>::quiet_NaN() : loss[i];
    }
    const TuningDecision decision = decide_tuning(tuning, loss, 0.002, false);
    EXPECT_NE(decision.choices[0].flags.find("base 1e+05"), std::string::npos) << decision.choices[0].flags;
    EXPECT_NEAR(decision.choices[0].rate, 1, 1e-9);
    EXPECT_FALSE(decision.choices[2].untuned());
}

TEST(Tuning, ACellWithoutAFiniteLossDoesNotChooseTheKnobAndIsFlagged) {
    const Tuning tuning = *parse(file).tuning;
    const std::vector<double> whole = losses(tuning, 0, 0);
    std::vector<double> loss = whole;
    for (std::size_t i = 0; i < loss.size(); ++i) {
        loss[i] = tuning.trials[i].cell == 3 ? std::numeric_limits<double>::quiet_NaN() : loss[i];
    }
    const TuningDecision decision = decide_tuning(tuning, loss, 0.002, false), before = decide_tuning(tuning, whole, 0.002, false);
    ASSERT_EQ(tuning.cells.size(), 4U);
    EXPECT_EQ(before.choices[0].knob, tuning.schemes[0].knobs[1]);
    for (std::size_t scheme = 0; scheme < 3; ++scheme) {
        EXPECT_EQ(decision.choices[scheme].knob, before.choices[scheme].knob);
        EXPECT_EQ(decision.choices[scheme].flags, "no rate trained to the end in 1 of 4 cells");
    }
}

TEST(Tuning, ABaseIsNotWidenedBelowOne) {
    std::string low = file;
    low.replace(low.find("tokens = [\"5x\", \"20x\"]"), 22, "tokens = [\"5x\", \"20x\"]\nbases = [8, 800, 80000]");
    const Tuning tuning = *parse(low).tuning;
    const TuningDecision decision = decide_tuning(tuning, losses(tuning, 0, 0, 0), 0.002, true);
    EXPECT_EQ(decision.next.knobs[0], tuning.schemes[0].knobs) << "the next would be 0.08";
    EXPECT_TRUE(decision.choices[0].untuned());
}

TEST(Tuning, RefusesWhatWouldNotBeFair) {
    const auto problems = [](const std::string& text) {
        try {
            parse(text);
        } catch (const ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    std::string shared = file;
    shared.replace(shared.find("seed = [0, 1]"), 13, "seed = [1000]");
    EXPECT_NE(problems(shared).find("seed 1000 is a seed of the grid and of [tune]"), std::string::npos);
    std::string sizeless = file;
    sizeless.replace(sizeless.find("size = [\"1x16\", \"2x32\"]\n"), 24, "");
    EXPECT_NE(problems(sizeless).find("no size in [tune]"), std::string::npos) << problems(sizeless);
    std::string two = file;
    two.replace(two.find("tokens = [\"5x\", \"20x\"]"), 22, "tokens = [\"5x\"]\nlearning_rate_multipliers = [1, 2]");
    EXPECT_NE(problems(two).find("tuned.toml:10:29: learning_rate_multipliers has 2 values"), std::string::npos) << problems(two);
    std::string nobody = file;
    nobody.replace(nobody.find("tokens = [\"5x\", \"20x\"]"), 22, "tokens = [\"5x\", \"20x\"]\ncheck = [\"rope\", \"t5\"]\ncheck_seeds = [1000, 1001]");
    EXPECT_NE(problems(nobody).find("seed 1000 is in seeds and in check_seeds"), std::string::npos) << problems(nobody);
    nobody.replace(nobody.find("[1000, 1001]"), 12, "[3000, 3001]");
    EXPECT_NE(problems(nobody).find("check in [tune] names \"t5\" (no scheme of the grid)"), std::string::npos) << problems(nobody);
}

}  // namespace
}  // namespace overtake
