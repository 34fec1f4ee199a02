#include "sweeps/search_rules.hpp"

#include <gtest/gtest.h>

#include "sweeps/search_options.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

/// Bytes of text, T = 128, extended to 512 by a search with the options given beside the defaults.
TrialConfig trial(const std::string& method, const std::string& search, const Options& given = {}) {
    std::vector<Problem> none;
    TrialConfig config;
    config.position = {"rope", {{"base", 10000.0}}};
    config.data.digest = "00ff";
    config.evaluation = {{128, 512}, 4096};
    config.schedule.warmup_steps = 10;
    config.total_steps = 100;
    config.extension = ExtensionConfig{method, {{"factor", 4.0}}, {}, SearchConfig{search, complete_options(*find_search_method(search), given, "", none)}};
    return config;
}

TrialConfig drawn(TrialConfig config, std::int64_t longest) {
    config.position.sampler = SamplerConfig{"randomised", {{"longest", longest}, {"at_evaluation", std::string("drawn")}}};
    return config;
}

/// The problems of the whole trial, one line each.
std::string told(const TrialConfig& config) {
    std::string words;
    for (const Problem& problem : find_problems(config)) {
        words += problem.where + ": " + problem.what + "\n";
    }
    return words;
}

bool has(const std::string& words, const std::string& part) { return words.find(part) != std::string::npos; }

TEST(SearchRules, BothMethodsSearchWhatHasAFactorForEachPair) {
    for (const char* search : {"evolution", "gradient"}) {
        EXPECT_EQ(told(trial("longrope", search)), "");
        EXPECT_EQ(told(trial("longrope", search, {{"search_short", true}})), "");
        EXPECT_EQ(told(trial("longrope2", search)), "");
        EXPECT_EQ(told(trial("longrope", search, {{"search_objective", std::string("needle")}})), "");
        TrialConfig progressive = trial("longrope", search, {{"search_first_factor", 2.0}, {"search_short", true}});
        EXPECT_TRUE(has(told(progressive), "give tune_tokens"));
        progressive.extension->tune = TuneConfig{"1M", 5};
        EXPECT_EQ(told(progressive), "");
        EXPECT_TRUE(has(told(trial("pi", search)), "has no factor for each pair"));
        EXPECT_TRUE(has(told(trial("longrope2", search, {{"search_short", true}})), "keeps the trained frequencies"));
    }
}

TEST(SearchRules, AGradientNeedsRoomForItsChoicesAndAStep) {
    const auto budget = [](std::int64_t evaluations) { return Options{{"search_population", evaluations}, {"search_iterations", std::int64_t{0}}}; };
    EXPECT_TRUE(has(told(trial("longrope", "gradient", budget(23))), "at least 24"));
    EXPECT_EQ(told(trial("longrope", "gradient", budget(24))), "");
    EXPECT_EQ(told(trial("longrope", "evolution", budget(23))), "");
    // 8 pairs: at most 8 critical pairs to begin with, 7 others, and a step.
    EXPECT_TRUE(has(told(trial("longrope2", "gradient", budget(18))), "at least 19"));
    EXPECT_EQ(told(trial("longrope2", "gradient", budget(19))), "");
}

TEST(SearchRules, NeedlesAreSentencesInWindowsWithRoom) {
    const Options needle{{"search_objective", std::string("needle")}};
    TrialConfig synthetic = trial("longrope", "evolution", needle);
    synthetic.data.corpus = "synthetic";
    EXPECT_TRUE(has(told(synthetic), "tokens that are bytes of text"));
    TrialConfig narrow = trial("longrope", "evolution", needle);
    narrow.training.train_length = 16;
    narrow.training.batch_sequences = 256;
    EXPECT_EQ(told(narrow), "") << "64 tokens";
    narrow.extension->options["factor"] = 2.0;
    EXPECT_TRUE(has(told(narrow), "in windows of 32 tokens"));
}

TEST(SearchRules, DrawnPositionsReachAsFarAsTheSearch) {
    EXPECT_EQ(told(drawn(trial("longrope", "evolution"), 512)), "");
    TrialConfig far = drawn(trial("longrope", "evolution"), 512);
    far.extension->options["factor"] = 8.0;
    EXPECT_TRUE(has(told(far), "longest = 512 for windows of 1024"));
    far.position.sampler->options["at_evaluation"] = std::string("identity");
    EXPECT_EQ(told(far), "");
    EXPECT_TRUE(has(told(drawn(trial("longrope", "evolution", {{"search_short", true}}), 512)), "drawn positions reach beyond"));
}

TEST(SearchRules, ASearchThatDrawsIsAnotherStage) {
    const auto id = [](const TrialConfig& config) {
        const StageForest forest = grow_forest(std::vector{config});
        const Stage& stage = forest.stages[forest.index_of(forest.trials[0].path[2])];
        EXPECT_EQ(stage.kind, StageKind::search);
        return stage.id;
    };
    TrialConfig there = drawn(trial("longrope", "evolution"), 512), plain = there;
    plain.position.sampler->options["at_evaluation"] = std::string("identity");
    EXPECT_NE(id(there), id(plain));
}

}  // namespace
}  // namespace overtake
