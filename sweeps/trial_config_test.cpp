#include "sweeps/trial_config.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

TrialConfig sound() {
    TrialConfig config;
    config.position = {"rope", {{"base", 10000.0}}};
    config.evaluation.lengths = {128, 256};
    config.total_steps = 100;
    return config;
}

TEST(TrialConfig, ASoundOneHasNoProblems) {
    EXPECT_TRUE(find_problems(sound()).empty());
}

TEST(TrialConfig, CooldownSteps) {
    TrialConfig config = sound();
    EXPECT_EQ(config.cooldown_steps(), 20);
    config.total_steps = 68;
    EXPECT_EQ(config.cooldown_steps(), 14);  // 13.6
    config.total_steps = 1;
    EXPECT_EQ(config.cooldown_steps(), 0);
    config.schedule.cooldown_fraction = 1;
    EXPECT_EQ(config.cooldown_steps(), 1);
    config.schedule.kind = ScheduleKind::cosine;
    EXPECT_EQ(config.cooldown_steps(), 0);
    EXPECT_EQ(config.tokens(), 4096);
}

TEST(TrialConfig, PossibleLengths) {
    TrialConfig config = sound();
    EXPECT_EQ(config.possible_lengths(), (std::vector<std::int64_t>{128, 256}));
    config.position = {"learned", {}};
    EXPECT_EQ(config.possible_lengths(), (std::vector<std::int64_t>{128}));
    config.position = {.scheme = "t5", .options = {}, .sampler = SamplerConfig{"shape", {{"offset", std::int64_t{8}}, {"at_evaluation", std::string("drawn")}}}};
    EXPECT_EQ(config.possible_lengths(), (std::vector<std::int64_t>{128, 256}));
    config.evaluation.blockwise = true;
    EXPECT_TRUE(config.possible_lengths().empty()) << "its bias by whole lags has no form at drawn positions, block by block";
    config.position.scheme = "rope";
    EXPECT_EQ(config.possible_lengths(), (std::vector<std::int64_t>{128, 256}));
}

TEST(TrialConfig, EveryRuleHasItsField) {
    const double nan = std::nan("");
    const std::pair<const char*, std::function<void(TrialConfig&)>> cases[] = {
        {"model.layers", [](TrialConfig& c) { c.model.layers = 0; }},
        {"model.heads", [](TrialConfig& c) { c.model.heads = 3; }},
        {"model.heads",
         [](TrialConfig& c) {
             c.model.width = 36;
             c.model.heads = 4;
         }},
        {"model.vocabulary", [](TrialConfig& c) { c.model.vocabulary = 255; }},
        {"model.mlp_width", [](TrialConfig& c) { c.model.mlp_width = 0; }},
        {"position.scheme", [](TrialConfig& c) { c.position.scheme = "roap"; }},
        {"position.scheme", [](TrialConfig& c) { c.position.scheme = "yarn"; }},
        {"position", [](TrialConfig& c) { c.position.options["bass"] = 1.0; }},
        {"extension.method",
         [](TrialConfig& c) {
             c.extension = ExtensionConfig{"rope", {}};
         }},
        {"extension.method",
         [](TrialConfig& c) {
             c.position = {"alibi", {}};
             c.extension = ExtensionConfig{"pi", {{"factor", 2.0}}};
         }},
        {"extension",
         [](TrialConfig& c) {
             c.extension = ExtensionConfig{"pi", {{"factor", 0.5}}};
         }},
        {"extension.method",
         [](TrialConfig& c) {
             c.position = {"log-n", {{"on", std::string("none")}}};
             c.extension = ExtensionConfig{"pi", {{"factor", 2.0}}};
         }},
        {"extension.long_factors",
         [](TrialConfig& c) {
             c.extension = ExtensionConfig{"longrope", {{"factor", 2.0}, {"long_factors", std::vector<double>{1, 2}}}};
         }},
        {"extension.beta_fast",
         [](TrialConfig& c) {
             c.extension = ExtensionConfig{"yarn", {{"factor", 2.0}, {"beta_fast", 1.0}, {"beta_slow", 2.0}}};
         }},
        {"data.corpus", [](TrialConfig& c) { c.data.corpus = "wiki"; }},
        {"data.tokenizer", [](TrialConfig& c) { c.data.tokenizer = "words"; }},
        {"data.shards", [](TrialConfig& c) { c.data.corpus = "files"; }},
        {"data.shards", [](TrialConfig& c) { c.data.shards = {"a.bin"}; }},
        {"optimizer.learning_rate", [](TrialConfig& c) { c.optimizer.learning_rate = 0; }},
        {"optimizer.learning_rate", [=](TrialConfig& c) { c.optimizer.learning_rate = nan; }},
        {"optimizer.beta2", [](TrialConfig& c) { c.optimizer.beta2 = 1; }},
        {"optimizer.clip_norm", [](TrialConfig& c) { c.optimizer.clip_norm = -1; }},
        {"schedule.cooldown_fraction", [](TrialConfig& c) { c.schedule.cooldown_fraction = 1.5; }},
        {"schedule.warmup_steps", [](TrialConfig& c) { c.schedule.warmup_steps = 81; }},
        {"training.train_length", [](TrialConfig& c) { c.training.train_length = 1; }},
        {"training.shards", [](TrialConfig& c) { c.training.shards = 3; }},
        {"training.shards", [](TrialConfig& c) { c.training.shards = 64; }},
        {"training.threads", [](TrialConfig& c) { c.training.threads = 0; }},
        {"training.log_every", [](TrialConfig& c) { c.training.log_every = 0; }},
        {"total_steps", [](TrialConfig& c) { c.total_steps = 0; }},
        {"seed", [](TrialConfig& c) { c.seed = -1; }},
        {"evaluation.lengths", [](TrialConfig& c) { c.evaluation.lengths = {}; }},
        {"evaluation.lengths",
         [](TrialConfig& c) {
             c.evaluation.lengths = {256, 128};
         }},
        {"evaluation.lengths",
         [](TrialConfig& c) {
             c.position = {"learned", {}};
             c.evaluation.lengths = {256};
         }},
        {"evaluation.tokens", [](TrialConfig& c) { c.evaluation.tokens = 255; }},
        {"evaluation.sliding_stride", [](TrialConfig& c) { c.evaluation.sliding_stride = 129; }},
        {"evaluation.task_depths", [](TrialConfig& c) { c.evaluation.task_depths = {0, 1.5}; }},
        {"evaluation.scored_block", [](TrialConfig& c) { c.evaluation.scored_block = 0; }},
    };
    for (const auto& [where, break_it] : cases) {
        TrialConfig config = sound();
        break_it(config);
        const auto problems = find_problems(config);
        ASSERT_EQ(problems.size(), 1u) << where << (problems.empty() ? "" : ": " + to_string(problems.back()));
        EXPECT_EQ(problems[0].where, where) << problems[0].what;
    }
}

TEST(TrialConfig, AllProblemsAtOnce) {
    TrialConfig config = sound();
    config.model.layers = 0;
    config.seed = -1;
    config.optimizer.beta1 = 2;
    EXPECT_EQ(find_problems(config).size(), 3u);
}

}  // namespace
}  // namespace overtake
