// The sweep file of a proposal: read back, its trials are the proposed ones and nothing else.
#include "analysis/next_sweep.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/planted.hpp"
#include "sweeps/tuning.hpp"

namespace overtake {
namespace {

TEST(NextSweep, IsReadBackAsTheProposedTrials) {
    Results results;
    results.sweep_text = "[sweep]\nname = \"small\"\n[grid]\nsize = [\"1x16\", \"1x32\"]\ntokens = [\"5x\", \"10x\"]\n"
                         "position = [\"rope\", {scheme = \"rope\", base = 500000}]\nseed = [0, 1]\n[analysis]\nbootstraps = 50\n";
    for (const TrialConfig& config : parse_specification(results.sweep_text, "test").trials) {
        TrialResult t;
        t.size = config.size;
        t.scheme = config.scheme_name();
        t.options = config.position.options.at("base") == OptionValue{500000.0} ? "base=5e+05" : "base=10000";  // shortest text, as in results
        t.seed = config.seed;
        t.train_length = config.training.train_length;
        t.tokens = config.tokens();
        t.parameters = count_parameters(config.model, config.position, 128);
        t.status = TrialStatus::done;
        results.trials.push_back(t);
    }
    Study study;
    for (const std::string name : {"rope", "rope[base=500000]"}) {
        SchemeLaw scheme;
        scheme.scheme = name;
        for (std::size_t i = 0; i < results.trials.size(); ++i) {
            if ((results.trials[i].options == "base=5e+05") == (name != "rope")) {
                Observation o;
                o.scheme = name;
                o.parameters = static_cast<double>(results.trials[i].parameters.backbone);
                o.line = static_cast<std::int64_t>(i);
                scheme.observations.push_back(o);
            }
        }
        study.schemes.push_back(scheme);
    }
    NextCells next;
    next.baseline = "rope";
    next.challenger = "rope[base=500000]";
    const double n = study.schemes[0].observations[0].parameters;
    next.trials = {{{n, 40960, true, true}, "", 2, 1}, {{n, 81920, false, true}, "", 3, 1}, {{100000, 409600, true, false}, "", 0, 1}};
    const Specification read = parse_specification(next_sweep_text(results, study, next), "next");
    const double smaller = nearest_size(results, 1390);
    EXPECT_EQ(smaller, 1576) << "2x8 is the smallest shape that is solved for";
    EXPECT_NEAR(nearest_size(results, 100000), 100000, 10000);
    EXPECT_TRUE(std::isnan(nearest_size(results, 300)));
    Results edited = results;
    edited.sweep_text = "[sweep]\nname = \"small\"\n";
    EXPECT_EQ(nearest_size(edited, 300), 300) << "cells are still proposed, only no sweep file";
    ASSERT_EQ(read.trials.size(), 4U);
    EXPECT_EQ(read.analysis.bootstraps, 50);
    EXPECT_EQ(read.trials[0].size, "1x16");
    EXPECT_EQ(read.trials[0].tokens(), 40960);
    EXPECT_EQ(read.trials[0].seed, 2);
    EXPECT_NE(read.trials[0].position.options, read.trials[1].position.options);
    EXPECT_EQ(read.trials[2].position.options, read.trials[1].position.options);
    EXPECT_EQ(read.trials[2].tokens(), 81920);
    EXPECT_EQ(read.trials[3].seed, 0);
    EXPECT_EQ(parse_specification(next_sweep_text(results, study, next, true), "next").trials.size(), 20U);
}

TEST(NextSweep, StandsBeforeWhatTuningWrote) {
    const std::string planned = "[sweep]\nname = \"small\"\n[optimizer]\nlearning_rate = 0.01\nreference_parameters = \"10k\"\nexponent = -0.2\n"
                                "[tune]\nsize = [\"1x16\", \"2x32\"]\ntokens = [\"5x\", \"20x\"]\n"
                                "[grid]\nsize = [\"1x16\"]\ntokens = [\"5x\"]\nposition = [\"alibi\", \"kerple-log\"]\n";
    const Tuning tuning = *parse_specification(planned, "test").tuning;
    std::vector<double> loss;
    for (const TuningTrial& trial : tuning.trials) {
        loss.push_back(3 + std::pow(std::log(trial.rate), 2) + std::pow(std::log(trial.knob), 2));
    }
    Results results;
    results.sweep_text = planned + tuning_choices_text(decide_tuning(tuning, loss, 0.002, false).choices, {});
    const Specification tuned = parse_specification(results.sweep_text, "test");
    ASSERT_EQ(tuned.tuning->phase, TuningPhase::tuned);
    Study study;
    for (const TrialConfig& config : tuned.trials) {
        TrialResult t;
        t.size = config.size;
        t.scheme = config.scheme_name();
        t.seed = config.seed;
        t.train_length = config.training.train_length;
        t.tokens = config.tokens();
        t.parameters = count_parameters(config.model, config.position, 128);
        t.status = TrialStatus::done;
        Observation o;
        o.scheme = t.scheme;
        o.parameters = static_cast<double>(t.parameters.backbone);
        o.line = std::ssize(results.trials);
        results.trials.push_back(t);
        study.schemes.emplace_back().scheme = t.scheme;
        study.schemes.back().observations = {o};
    }
    NextCells next;
    next.baseline = "alibi";
    next.challenger = "kerple-log";
    next.trials = {{{study.schemes[0].observations[0].parameters, 40960, true, true}, "", 2, 1}};
    const std::string text = next_sweep_text(results, study, next);
    EXPECT_LT(text.find("[[grid.zip]]"), text.find(tuning_heading));
    const Specification read = parse_specification(text, "next");
    EXPECT_EQ(read.tuning->phase, TuningPhase::tuned);
    EXPECT_EQ(read.trials.size(), 2U);
    EXPECT_EQ(parse_specification(text.substr(0, text.find(tuning_heading)), "next").trials.size(), 2U);
}

}  // namespace
}  // namespace overtake
