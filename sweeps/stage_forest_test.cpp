#include "sweeps/stage_forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sweeps/counts.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

TrialConfig trial(std::string scheme, std::int64_t steps, std::int64_t seed = 0) {
    TrialConfig config;
    config.size = "2x64";
    config.position = {scheme, {}};
    if (scheme == "rope") {
        config.position.options = {{"base", 10000.0}};
    }
    config.data.digest = "00ff";
    config.evaluation = {{128, 256}, 4096};
    config.schedule.warmup_steps = 10;
    config.total_steps = steps;
    config.seed = seed;
    return config;
}

TrialConfig extended(std::int64_t steps, double factor) {
    TrialConfig config = trial("rope", steps);
    config.extension = ExtensionConfig{"pi", {{"factor", factor}}};
    return config;
}

std::set<std::string> stage_ids(const std::vector<TrialConfig>& trials) {
    std::set<std::string> ids;
    for (const Stage& stage : grow_forest(trials).stages) {
        ids.insert(stage.id);
    }
    return ids;
}

/// Stages of `grown` that `before` lacks; every stage of `before` must still be there.
std::size_t added(const std::vector<TrialConfig>& before, const std::vector<TrialConfig>& grown) {
    const auto old_ids = stage_ids(before);
    const auto new_ids = stage_ids(grown);
    EXPECT_TRUE(std::includes(new_ids.begin(), new_ids.end(), old_ids.begin(), old_ids.end()));
    return new_ids.size() - old_ids.size();
}

TEST(StageForest, BudgetsShareTheirTrunk) {
    const StageForest forest = grow_forest(std::vector{trial("rope", 100), trial("rope", 200), trial("rope", 400)});
    ASSERT_EQ(forest.trials.size(), 3u);
    ASSERT_EQ(forest.stages.size(), 9u);
    EXPECT_EQ(forest.trials[0].path.size(), 3u);
    EXPECT_EQ(forest.trials[2].path.size(), 5u);
    EXPECT_EQ(forest.trials[0].path[0], forest.trials[2].path[0]);
    const Stage& second = forest.stages[forest.index_of(forest.trials[1].path[1])];
    EXPECT_EQ(second.kind, StageKind::train);
    EXPECT_EQ(second.begin_step, 80);
    EXPECT_EQ(second.end_step, 160);
    EXPECT_EQ(second.parent, forest.trials[0].path[0]);
    EXPECT_EQ(second.tokens, 80 * 4096);
    const Stage& cooldown = forest.stages[forest.index_of(forest.trials[1].path[2])];
    EXPECT_EQ(cooldown.kind, StageKind::cooldown);
    EXPECT_EQ(cooldown.begin_step, 160);
    EXPECT_EQ(cooldown.end_step, 200);
    const Stage& evaluation = forest.stages[forest.index_of(forest.trials[1].path[3])];
    EXPECT_EQ(evaluation.kind, StageKind::evaluate);
    EXPECT_EQ(evaluation.begin_step, 200);
    EXPECT_EQ(evaluation.end_step, 200);
    EXPECT_EQ(evaluation.parent, cooldown.id);
    EXPECT_EQ(evaluation.tokens, 2 * 4096);
}

TEST(StageForest, ParentsComeFirst) {
    const StageForest forest = grow_forest(std::vector{trial("rope", 400), trial("rope", 100), extended(400, 2)});
    std::set<std::string> seen{""};
    for (const Stage& stage : forest.stages) {
        EXPECT_TRUE(seen.contains(stage.parent));
        EXPECT_TRUE(seen.insert(stage.id).second);
    }
    EXPECT_THROW(forest.index_of("none"), std::logic_error);
}

TEST(StageForest, ABudgetInBetweenReKeysNobody) {
    const std::vector<TrialConfig> before{trial("rope", 100), trial("rope", 400)};
    const std::vector<TrialConfig> grown{trial("rope", 100), trial("rope", 200), trial("rope", 400)};
    EXPECT_EQ(added(before, grown), 3u);  // a trunk segment, its cooldown, its evaluation
}

TEST(StageForest, ASchemeOrASeedAddsOnlyItsOwn) {
    const std::vector<TrialConfig> before{trial("rope", 100), trial("rope", 200)};
    auto grown = before;
    grown.insert(grown.begin(), {trial("alibi", 100), trial("alibi", 200)});
    EXPECT_EQ(added(before, grown), 6u);
    grown.push_back(trial("rope", 100, 1));
    EXPECT_EQ(added(before, grown), 9u);
}

TEST(StageForest, AnExtensionAddsAnEvaluationAlone) {
    EXPECT_EQ(added({trial("rope", 100)}, {trial("rope", 100), extended(100, 2), extended(100, 4)}), 2u);
}

TEST(StageForest, MoreEvaluationLengthsReEvaluateAndTrainNothing) {
    TrialConfig more = trial("rope", 100);
    more.evaluation.lengths = {128, 256, 512};
    EXPECT_EQ(added({trial("rope", 100)}, {trial("rope", 100), more}), 1u);
}

TEST(StageForest, WhatIsMeasuredIsInTheTextOnceItIsAskedFor) {
    TrialConfig more = trial("rope", 100);
    more.evaluation.tasks = {"needle", "copy"};
    more.evaluation.sliding_stride = 64;
    more.evaluation.lengths = {128, 131072};
    EXPECT_EQ(added({trial("rope", 100)}, {trial("rope", 100), more}), 1u);
    const StageForest forest = grow_forest(std::vector{more});
    const std::string& text = forest.stages[forest.index_of(forest.trials[0].path.back())].text;
    for (const char* line : {"\nevaluation.blockwise=false\n", "\nevaluation.scored_block=64\n", "\nevaluation.scored_blocks=4\n",
                             "\nevaluation.sliding_stride=64\n", "\nevaluation.task_depths=0,0.25,0.5,0.75,1\n",
                             "\nevaluation.task_samples=16\n", "\nevaluation.tasks=needle,copy\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line;
    }
}

TEST(StageForest, OtherWindowsReEvaluateAndTrainNothing) {
    TrialConfig other = trial("rope", 100);
    other.evaluation.windows = WindowPlaces::documents;
    EXPECT_EQ(added({trial("rope", 100)}, {trial("rope", 100), other}), 1u);
}

TEST(StageForest, WhatDoesNotChangeTheBitsIsInNoId) {
    TrialConfig same = trial("rope", 100);
    same.evaluation.blockwise_flops = 1e18;
    same.evaluation.task_samples = 99;
    same.size = "98.6k";
    same.data.folder = "/elsewhere";
    same.data.train_tokens = 12345;
    same.optimizer.learning_rate_multiplier = 2;
    const StageForest forest = grow_forest(std::vector{trial("rope", 100), same});
    EXPECT_EQ(forest.trials.size(), 1u);
    EXPECT_EQ(forest.stages.size(), 3u);
}

TEST(StageForest, WhatChangesTheBitsIsInEveryId) {
    const std::vector<void (*)(TrialConfig&)> changes{
        [](TrialConfig& c) { c.model.layers = 3; },
        [](TrialConfig& c) { c.model.heads = 2; },
        [](TrialConfig& c) { c.model.mlp_width = 128; },
        [](TrialConfig& c) { c.model.qk_norm = true; },
        [](TrialConfig& c) { c.model.tied = true; },
        [](TrialConfig& c) { c.model.activation = Activation::swiglu; },
        [](TrialConfig& c) { c.position.options["base"] = 500000.0; },
        [](TrialConfig& c) { c.position.sampler = SamplerConfig{"shape", {{"offset", std::int64_t{100}}}}; },
        [](TrialConfig& c) { c.data.digest = "0100"; },
        [](TrialConfig& c) { c.data.tokenizer = "bpe"; },
        [](TrialConfig& c) { c.data.documents = Documents::packed; },
        [](TrialConfig& c) {
            c.data.recall_share = 0.1;
            c.data.recall_distances = {64};
        },
        [](TrialConfig& c) { c.optimizer.learning_rate = 0.02; },
        [](TrialConfig& c) { c.optimizer.weight_decay = 0; },
        [](TrialConfig& c) { c.optimizer.position_learning_rate_multiplier = 2; },
        [](TrialConfig& c) { c.schedule.warmup_steps = 11; },
        [](TrialConfig& c) {
            c.training.train_length = 64;
            c.training.batch_sequences = 64;
        },
        [](TrialConfig& c) { c.training.precision = Precision::bf16; },
        [](TrialConfig& c) { c.training.shards = 2; },
        [](TrialConfig& c) { c.training.threads = 2; },
        [](TrialConfig& c) { c.training.log_every = 5; },
        [](TrialConfig& c) { c.training.deterministic = false; },
        [](TrialConfig& c) { c.training.device = Device::cuda; },
        [](TrialConfig& c) { c.seed = 1; },
        [](TrialConfig& c) { c.total_steps = 105; },
    };
    const auto plain = stage_ids({trial("rope", 100)});
    for (std::size_t i = 0; i < changes.size(); ++i) {
        TrialConfig changed = trial("rope", 100);
        changes[i](changed);
        for (const std::string& id : stage_ids({changed})) {
            EXPECT_FALSE(plain.contains(id)) << "change " << i;
        }
    }
}

TEST(StageForest, WhereEvaluationStandsChangesNoTraining) {
    TrialConfig plain = trial("rope", 100);
    plain.position.sampler = SamplerConfig{"randomised", {{"longest", std::int64_t{2048}}, {"at_evaluation", std::string("identity")}}};
    TrialConfig drawn = plain;
    drawn.position.sampler->options["at_evaluation"] = std::string("drawn");
    EXPECT_EQ(added({plain}, {plain, drawn}), 1u) << "an evaluation";
}

TEST(StageForest, ACooldownFractionLeavesATrunkThatEndsAlike) {
    TrialConfig longer = trial("rope", 160);
    longer.schedule.cooldown_fraction = 0.5;  // trunk ends at 80, as that of 100 steps with 0.2
    const StageForest forest = grow_forest(std::vector{trial("rope", 100), longer});
    EXPECT_EQ(forest.trials[0].path[0], forest.trials[1].path[0]);
    EXPECT_EQ(forest.stages.size(), 5u);
}

TEST(StageForest, CosineTrainsEachBudgetByItself) {
    std::vector<TrialConfig> trials{trial("rope", 100), trial("rope", 200)};
    for (TrialConfig& config : trials) {
        config.schedule.kind = ScheduleKind::cosine;
    }
    const StageForest forest = grow_forest(trials);
    ASSERT_EQ(forest.stages.size(), 4u);
    EXPECT_EQ(forest.stages[0].kind, StageKind::train);
    EXPECT_EQ(forest.stages[0].end_step, 100);
    EXPECT_EQ(forest.stages[2].begin_step, 0);
    EXPECT_EQ(forest.stages[2].end_step, 200);
}

TEST(StageForest, ABudgetThatIsAllCooldownHasNoTrunk) {
    TrialConfig config = trial("rope", 100);
    config.schedule.cooldown_fraction = 1;
    config.schedule.warmup_steps = 0;
    const StageForest forest = grow_forest(std::vector{config});
    ASSERT_EQ(forest.stages.size(), 2u);
    EXPECT_EQ(forest.stages[0].kind, StageKind::cooldown);
    EXPECT_EQ(forest.stages[0].parent, "");
}

TEST(StageForest, CostsByHand) {
    const StageForest forest = grow_forest(std::vector{trial("rope", 100), trial("learned", 100)});
    const Trial& rope = forest.trials[0];
    const double per_token = training_flops_per_token(rope.config.model, rope.config.position, 128);
    EXPECT_DOUBLE_EQ(rope.path_flops, 100 * 4096 * per_token);
    const Stage& evaluation = forest.stages[forest.index_of(rope.path.back())];
    EXPECT_DOUBLE_EQ(evaluation.flops, 4096 * (forward_flops_per_token(rope.config.model, rope.config.position, 128) +
                                               forward_flops_per_token(rope.config.model, rope.config.position, 256)));
    const Stage& learned = forest.stages[forest.index_of(forest.trials[1].path.back())];
    EXPECT_EQ(learned.tokens, 4096);  // its table ends at 128
    EXPECT_NE(learned.text.find("evaluation.lengths=128\n"), std::string::npos);
}

TEST(StageForest, ACellIsAllButSchemeExtensionAndSeed) {
    const StageForest forest =
        grow_forest(std::vector{trial("rope", 100), trial("learned", 100, 1), extended(100, 2), trial("rope", 200)});
    EXPECT_EQ(forest.trials[0].cell, forest.trials[1].cell);
    EXPECT_EQ(forest.trials[0].cell, forest.trials[2].cell);
    EXPECT_NE(forest.trials[0].cell, forest.trials[3].cell);
}

TEST(StageForest, WithoutDataIdsAreProvisional) {
    TrialConfig config = trial("rope", 100);
    EXPECT_FALSE(grow_forest(std::vector{config}).stages[0].provisional);
    config.data.digest.clear();
    EXPECT_TRUE(grow_forest(std::vector{config}).stages[0].provisional);
    TrialConfig files = config;
    files.data.corpus = "files";
    files.data.shards = {"a.bin"};
    TrialConfig others = files;
    others.data.shards = {"b.bin"};
    EXPECT_EQ(grow_forest(std::vector{files, others}).trials.size(), 2u);
}

// Golden: a change here re-keys everybody's results. If it is meant, raise numerics_version or the version in the
// title.
TEST(StageForest, CanonicalTextAndIdsArePinned) {
    const StageForest forest = grow_forest(std::vector{extended(100, 2)});
    const Trial& only = forest.trials.at(0);
    EXPECT_EQ(only.text, R"(overtake trial v1
data.corpus=gcide
data.digest=00ff
data.tokenizer=bytes
data.vocabulary=256
evaluation.lengths=128,256
evaluation.tokens=4096
extension.method=pi
extension.options.factor=2
model.activation=gelu
model.heads=4
model.layers=2
model.mlp_width=256
model.qk_norm=false
model.tied=false
model.vocabulary=256
model.width=64
numerics=2
optimizer.beta1=0.9
optimizer.beta2=0.95
optimizer.clip_norm=1
optimizer.epsilon=1e-08
optimizer.learning_rate=0.01
optimizer.position_learning_rate_multiplier=1
optimizer.weight_decay=0.1
position.options.base=10000
position.scheme=rope
schedule.cooldown_fraction=0.2
schedule.kind=wsd
schedule.warmup_steps=10
seed=0
total_steps=100
training.batch_sequences=32
training.deterministic=true
training.device=cpu
training.log_every=10
training.precision=fp32
training.shards=1
training.threads=1
training.train_length=128
)");
    EXPECT_EQ(only.id, "e2a3e8b244be50a6");
    EXPECT_EQ(only.cell, "7bd304db");
    ASSERT_EQ(only.path.size(), 3u);
    EXPECT_EQ(only.path[0], "1984656e7e7b2f76");
    EXPECT_EQ(only.path[1], "16107334965b7573");
    EXPECT_EQ(only.path[2], "4dacb49a52ac26f7");
    EXPECT_EQ(forest.stages[2].text,
              "overtake stage v1\nevaluation.lengths=128,256\nevaluation.tokens=4096\nextension.method=pi\n"
              "extension.options.factor=2\nkind=evaluate\nnumerics=2\nparent=16107334965b7573\n");
}

// Golden: the ids that each scheme has with the options that it begins with. A change of one scheme's bits raises its revision and
// re-keys that scheme alone.
TEST(StageForest, IdsOfSchemesArePinnedAndARevisionRekeysItsOwn) {
    const auto trunk = [](const std::string& scheme, const Options& given) {
        std::vector<Problem> problems;
        TrialConfig config = trial(scheme, 100);
        config.position.options = complete_options(*find_position_scheme(scheme), given, "position", problems);
        EXPECT_TRUE(problems.empty());
        return grow_forest(std::vector{config}).stages.at(0);
    };
    EXPECT_EQ(trunk("rope", {}).id, "1984656e7e7b2f76");
    EXPECT_EQ(trunk("t5", {}).id, "0732afc1b653842e");
    EXPECT_EQ(trunk("fox", {}).id, "b8fa3a671e8c3d61");
    EXPECT_EQ(trunk("cope", {}).id, "0d125c9156046a6f");
    const Options version_2{{"version", std::int64_t{2}}};
    EXPECT_EQ(trunk("dape", version_2).id, "f8e1f321a3f11059");
    EXPECT_EQ(trunk("dape", {}).id, "3978ec3f74229e81");
    EXPECT_NE(trunk("dape", {}).text.find("\nposition.revision=2\n"), std::string::npos);
    for (const SchemeInfo& info : position_schemes()) {
        if (is_trainable(info) && info.name != "dape") {
            EXPECT_EQ(trunk(std::string(info.name), {}).text.find("revision"), std::string::npos) << info.name;
        }
    }
}

TEST(StageForest, TasksAtDrawnPositionsAndRevisedTasksHaveIdsOfTheirOwn) {
    const auto evaluation = [](const std::vector<std::string>& tasks, std::int64_t stride, const char* at_evaluation) {
        TrialConfig config = trial("rope", 100);
        config.position.sampler = SamplerConfig{"shape", {{"offset", std::int64_t{8}}, {"at_evaluation", std::string(at_evaluation)}}};
        config.evaluation.tasks = tasks;
        config.evaluation.sliding_stride = stride;
        return grow_forest(std::vector{config}).stages.back().text;
    };
    const auto has = [](const std::string& text, const char* line) { return text.find(line) != std::string::npos; };
    EXPECT_TRUE(has(evaluation({}, 0, "drawn"), "evaluation.sampler=drawn\n"));
    EXPECT_FALSE(has(evaluation({}, 0, "drawn"), "sampler_in_tasks")) << "what was drawn before keeps its id";
    EXPECT_TRUE(has(evaluation({"copy"}, 0, "drawn"), "evaluation.sampler_in_tasks=drawn\n"));
    EXPECT_TRUE(has(evaluation({}, 16, "drawn"), "evaluation.sampler_in_tasks=drawn\n"));
    EXPECT_FALSE(has(evaluation({"copy"}, 16, "plain"), "sampler_in_tasks"));
    TrialConfig blocks = trial("rope", 100);
    blocks.position.sampler = SamplerConfig{"shape", {{"offset", std::int64_t{8}}, {"at_evaluation", std::string("drawn")}}};
    EXPECT_FALSE(has(grow_forest(std::vector{blocks}).stages.back().text, "sampler_in_blocks"));
    blocks.evaluation.blockwise = true;
    EXPECT_TRUE(has(grow_forest(std::vector{blocks}).stages.back().text, "evaluation.sampler_in_blocks=drawn\n"));
    EXPECT_TRUE(has(evaluation({"copy", "structure"}, 0, "plain"), "evaluation.tasks=copy,structure:2\n"));
}

}  // namespace
}  // namespace overtake
