#include <gtest/gtest.h>

#include <cmath>

#include "sweeps/position_schemes.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/sample_records.hpp"
#include "sweeps/results/trial_results.hpp"

namespace overtake {
namespace {

/// Two budgets, two schemes, and yarn on top of the longer rope run: five trials.
Specification specification() {
    Specification result;
    result.name = "small";
    result.text = "name = \"small\"\n";
    for (const char* scheme : {"rope", "learned"}) {
        for (const std::int64_t steps : {20, 40}) {
            TrialConfig config;
            config.size = "2x64";
            config.position = {scheme, scheme == std::string("rope") ? Options{{"base", 10000.0}} : Options{}};
            config.training.train_length = 128;
            config.training.batch_sequences = 2;
            config.evaluation.lengths = {128, 256};
            config.data.digest = "d1";
            config.data.train_tokens = 8192;
            config.data.folder = "no-such-folder";
            config.total_steps = steps;
            config.seed = 5;
            result.trials.push_back(config);
        }
    }
    TrialConfig extended = result.trials[1];
    extended.extension = ExtensionConfig{"yarn", {{"factor", 4.0}}};
    result.trials.push_back(extended);
    return result;
}

void finish(const SweepFolder& folder, const Stage& stage, StageStatus status = StageStatus::done,
            const std::string& reason = "") {
    StageRecord record = sample::record(stage.id, stage.parent, std::string(name_of(stage.kind)));
    record.text = stage.text;
    record.status = status;
    record.reason = reason;
    write_record(folder, record);
}

TEST(CollectResults, judges_each_trial_by_its_path) {
    const sample::Folder folder;
    const Specification asked = specification();
    const StageForest forest = grow_forest(asked.trials);
    EXPECT_EQ(collect_results(folder.sweep(), asked, forest), 0U);
    for (const Trial& trial : forest.trials) {
        for (const std::string& id : trial.path) {
            const Stage& stage = forest.stages[forest.index_of(id)];
            const bool is_learned = trial.config.position.scheme == "learned";
            if (is_learned && stage.kind == StageKind::cooldown && trial.config.total_steps == 20) {
                finish(folder.sweep(), stage, StageStatus::diverged, "loss is not finite at step 17");
                break;
            }
            if (is_learned && stage.kind == StageKind::evaluate) {
                break;
            }
            finish(folder.sweep(), stage);
        }
    }
    EXPECT_EQ(collect_results(folder.sweep(), asked, forest), 3U);
    EXPECT_EQ(validate_results(folder.sweep().results()), std::vector<std::string>{});
    const Results results = read_results(folder.sweep().results());
    ASSERT_EQ(results.trials.size(), 5U);
    EXPECT_EQ(results.sweep_text, asked.text);

    const TrialResult& rope = results.trials[1];
    EXPECT_EQ(rope.status, TrialStatus::done);
    EXPECT_EQ(rope.scheme, "rope");
    EXPECT_EQ(rope.scheme_class, name_of(SchemeClass::rope_line));
    EXPECT_EQ(rope.options, "base=10000");
    EXPECT_EQ(rope.tokens, 40 * 256);
    EXPECT_EQ(rope.unique_tokens, 8192);
    EXPECT_EQ(rope.epochs, 1.25);
    EXPECT_EQ(rope.flops, forest.trials[1].path_flops);
    EXPECT_EQ(rope.six_nd, 6.0 * static_cast<double>(rope.parameters.backbone) * static_cast<double>(rope.tokens));
    EXPECT_EQ(rope.seconds, 60.5 * static_cast<double>(rope.path.size()));
    EXPECT_EQ(rope.evaluations.size(), 2U);
    EXPECT_EQ(rope.text, forest.trials[1].text);
    EXPECT_EQ(rope.final_train_loss, sample::curve(40, 4).back().train_loss);

    EXPECT_EQ(results.trials[2].status, TrialStatus::diverged);
    EXPECT_EQ(results.trials[2].reason, "loss is not finite at step 17");
    EXPECT_EQ(results.trials[3].status, TrialStatus::unfinished);
    EXPECT_EQ(results.trials[3].scheme_class, name_of(SchemeClass::learned_form));

    const TrialResult& yarn = results.trials[4];
    EXPECT_EQ(yarn.scheme, "rope+yarn-x4");
    EXPECT_EQ(yarn.options, "base=10000,yarn.factor=4");
    EXPECT_EQ(yarn.scheme_class, name_of(SchemeClass::rope_line));
    EXPECT_EQ(yarn.status, TrialStatus::done);
    EXPECT_EQ(yarn.parameters, rope.parameters);
}

TEST(CollectResults, takes_up_records_as_they_come_and_forgets_removed_ones) {
    const sample::Folder folder;
    const Specification asked = specification();
    const StageForest forest = grow_forest(asked.trials);
    const auto held = [&] { return read_results(folder.sweep().results()).stages.size(); };
    finish(folder.sweep(), forest.stages[0]);
    collect_results(folder.sweep(), asked, forest);
    EXPECT_EQ(held(), 1U);
    finish(folder.sweep(), forest.stages[1]);
    collect_results(folder.sweep(), asked, forest);
    EXPECT_EQ(held(), 2U);
    std::filesystem::remove(folder.sweep().record(forest.stages[0].id));
    collect_results(folder.sweep(), asked, forest);
    EXPECT_EQ(held(), 1U);
    finish(folder.sweep(), forest.stages[1], StageStatus::failed, "out of memory");
    collect_results(folder.sweep(), asked, forest);
    EXPECT_EQ(read_results(folder.sweep().results()).stages[0].reason, "out of memory");
}

TEST(CollectResults, starts_from_the_records_when_the_results_file_is_damaged) {
    const sample::Folder folder;
    const Specification asked = specification();
    const StageForest forest = grow_forest(asked.trials);
    finish(folder.sweep(), forest.stages[0]);
    sample::write_bytes(folder.sweep().results(), {'x'});
    collect_results(folder.sweep(), asked, forest);
    EXPECT_EQ(read_results(folder.sweep().results()).stages.size(), 1U);
}

TEST(CollectResults, refuses_to_lose_results_when_the_corpus_is_not_at_hand) {
    const sample::Folder folder;
    Specification asked = specification();
    const StageForest forest = grow_forest(asked.trials);
    finish(folder.sweep(), forest.stages[0]);
    collect_results(folder.sweep(), asked, forest);
    for (TrialConfig& config : asked.trials) {
        config.data.digest.clear();
    }
    EXPECT_THROW(collect_results(folder.sweep(), asked, grow_forest(asked.trials)), IoError);
    EXPECT_EQ(read_results(folder.sweep().results()).stages.size(), 1U);
}

TEST(SchemeName, writes_factors_in_their_shortest_form) {
    TrialConfig config;
    EXPECT_EQ(scheme_name(config), "rope");
    config.extension = ExtensionConfig{"pi", {{"factor", 2.5}}};
    EXPECT_EQ(scheme_name(config), "rope+pi-x2.5");
    config.position.sampler = SamplerConfig{"shape", {{"offset", std::int64_t{100}}}};
    EXPECT_EQ(scheme_name(config), "rope+shape+pi-x2.5");
    EXPECT_TRUE(describe_options(config).starts_with("sampler=shape,shape.offset=100,pi.factor="));
}

}  // namespace
}  // namespace overtake
