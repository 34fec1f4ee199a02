#include "cluster/launch/plan.hpp"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/run.hpp"
#include "cluster/launch/status.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/stage_lease.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

// One size, two budgets of 100 and 200 steps, two schemes: each scheme has a trunk of two segments, two cooldowns, two evaluations.
constexpr const char* small = R"(
[sweep]
name = "small"

[data]
corpus = "synthetic"

[training]
batch_tokens = 1024
log_every = 5

[evaluation]
lengths = [32, 64]
tokens = 4096

[cluster]
ranks = 2

[grid]
size = ["1x16"]
tokens = [102400, 204800]
position = ["rope", "kerple-log"]
train_length = [32]
seed = [0]
)";

int plan_without_simulation(const std::vector<std::string>& arguments) { return plan_verb(arguments, {}); }

class Plan : public testing::Test {
  protected:
    Plan() : root(std::filesystem::temp_directory_path() / ("plan_test_" + std::to_string(getpid()))) {
        std::filesystem::remove_all(root);
        std::filesystem::create_directories(root);
        std::ofstream(root / "small.toml") << small;
    }
    ~Plan() override { std::filesystem::remove_all(root); }

    SweepView view() const { return look_at_text(small, "small.toml", root / "sweep"); }

    void finish(const SweepView& sweep, std::size_t stage, double seconds, StageStatus status = StageStatus::done) const {
        StageRecord record;
        record.id = sweep.forest.stages[stage].id;
        record.parent = sweep.forest.stages[stage].parent;
        record.kind = name_of(sweep.forest.stages[stage].kind);
        record.text = sweep.forest.stages[stage].text;
        record.status = status;
        record.provenance.seconds = seconds;
        record.provenance.team_width = 2;
        write_record(sweep.folder, record);
    }

    static std::string output_of(int (*verb)(const std::vector<std::string>&), const std::vector<std::string>& arguments, int expected = 0) {
        testing::internal::CaptureStdout();
        const int code = verb(arguments);
        const std::string text = testing::internal::GetCapturedStdout();
        EXPECT_EQ(code, expected);
        return text;
    }

    std::filesystem::path root;
};

TEST_F(Plan, counts_trials_stages_and_what_sharing_saves) {
    Calibration calibration;
    calibration.flops_per_second = 1e9;
    calibration.stage_seconds = 0;
    const SweepPlan plan = make_plan(view(), calibration, 2);
    EXPECT_EQ(plan.trials, 4u);
    EXPECT_EQ(plan.stages, 12u);
    EXPECT_EQ(plan.stages_by_kind.at("train"), 4u);
    EXPECT_EQ(plan.stages_by_kind.at("cooldown"), 4u);
    EXPECT_EQ(plan.stages_by_kind.at("evaluate"), 4u);
    EXPECT_EQ(plan.new_stages.size(), 12u);
    // Alone 100 + 200 steps per scheme; shared 80 + 20 + 80 + 40 = 220.
    EXPECT_EQ(plan.tokens_independent, 2 * 300 * 1024);
    EXPECT_EQ(plan.tokens, 2 * 220 * 1024);
    EXPECT_NEAR(plan.tokens_shared_percent(), 100.0 * 80 / 300, 1e-9);
    EXPECT_GT(plan.flops_shared_percent(), 10);
    EXPECT_LT(plan.flops_shared_percent(), plan.tokens_shared_percent()) << "evaluations are not shared";
    EXPECT_DOUBLE_EQ(plan.flops_left, plan.flops);
    EXPECT_NEAR(plan.seconds, plan.flops / 1e9 / 2, 0.25 * plan.seconds);
    EXPECT_GE(plan.seconds, plan.flops / 1e9 / 2 * (1 - 1e-9));
}

TEST_F(Plan, prints_its_json_keys) {
    const std::string text = output_of(plan_without_simulation, {(root / "small.toml").string(), "--in", (root / "sweep").string(), "--json", "--flops-per-second", "1e9"});
    const nlohmann::json json = nlohmann::json::parse(text);
    for (const char* key : {"trials", "stages", "stages_done", "stages_new", "new", "tokens", "tokens_independent", "tokens_shared_percent", "flops",
                            "flops_independent", "flops_shared_percent", "predicted_hours", "disk_bytes", "memory_bytes_per_rank", "provisional", "notes"}) {
        EXPECT_TRUE(json.contains(key)) << key;
    }
    EXPECT_EQ(json["trials"], 4);
    EXPECT_EQ(json["stages"], 12);
    EXPECT_EQ(json["new"].size(), 12u);
    EXPECT_EQ(json["new"][0]["kind"], "train");
    EXPECT_EQ(json["new"][0]["steps"], 80);
    EXPECT_EQ(json["flops_per_second"], 1e9);
    EXPECT_FALSE(std::filesystem::exists(root / "sweep")) << "a plan makes nothing";
    const std::string words = output_of(plan_without_simulation, {(root / "small.toml").string(), "--in", (root / "sweep").string()});
    EXPECT_NE(words.find("sharing saves 27 %"), std::string::npos) << words;
}

TEST_F(Plan, lists_only_what_is_new_and_learns_the_rate_from_records) {
    const SweepView before = view();
    finish(before, 0, 4.2);
    finish(before, 1, 1.0, StageStatus::diverged);
    const SweepView after = view();
    const Calibration calibration = find_calibration(after);
    EXPECT_NEAR(calibration.flops_per_second, before.forest.stages[0].flops / (2 * 4.0), 1e-3 * calibration.flops_per_second);
    EXPECT_EQ(calibration.by_class.count("1x16 rope"), 1u);
    EXPECT_NEAR(predicted_seconds(before.forest.stages[0], calibration), 0.2 + 2 * 4.0, 1e-3) << "on one rank";
    const SweepPlan plan = make_plan(after, calibration, 1);
    EXPECT_EQ(plan.stages_done, 2u);
    EXPECT_EQ(plan.stages_failed, 1u);
    EXPECT_EQ(plan.new_stages.size(), 10u);
    for (const Stage& stage : plan.new_stages) {
        EXPECT_NE(stage.id, before.forest.stages[0].id);
        EXPECT_NE(stage.id, before.forest.stages[1].id);
    }
    EXPECT_NEAR(rank_rate(before.forest.stages[0], calibration), calibration.by_class.at("1x16 rope"), 1e-6);
    EXPECT_EQ(stated_or_found(0, after).by_class, calibration.by_class);
    EXPECT_EQ(rank_rate(before.forest.stages[0], stated_or_found(7e12, after)), 7e12);
    write_calibration(calibration_file(after.folder), calibration);
    const auto kept = read_calibration(calibration_file(after.folder));
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->by_class, calibration.by_class);
}

TEST_F(Plan, takes_a_sweep_folder_and_status_reads_it) {
    const SweepView sweep = view();
    std::filesystem::create_directories(root / "sweep");
    std::ofstream(root / "sweep" / "sweep.toml") << small;
    std::ofstream(root / "sweep" / "sweep.log") << "x fine\nx error: the disk is full\nx fine again\n";
    finish(sweep, 0, 4.0);
    EXPECT_EQ(nlohmann::json::parse(output_of(plan_without_simulation, {(root / "sweep").string(), "--json"}))["stages_done"], 1);
    const nlohmann::json status = nlohmann::json::parse(output_of(status_verb, {(root / "sweep").string(), "--json"}));
    EXPECT_EQ(status["done"], 1);
    EXPECT_EQ(status["waiting"], 11);
    EXPECT_TRUE(status["owner"].is_null());
    EXPECT_EQ(status["last_errors"], nlohmann::json::array({"x error: the disk is full"}));
    EXPECT_GT(status["seconds_left"], 0);
}

TEST_F(Plan, status_says_which_member_of_an_array_runs_what) {
    const SweepView sweep = view();
    std::filesystem::create_directories(root / "sweep");
    std::ofstream(root / "sweep" / "sweep.toml") << small;
    std::ofstream(root / "sweep" / "sweep.1.log") << "2 error: later\n";
    std::ofstream(root / "sweep" / "sweep.0.log") << "1 error: first\n3 fine\n";
    for (const char* member : {"0", "1"}) {
        LockOwner owner;
        owner.host = "another-host";
        owner.slurm_job = std::string("9_") + member;
        owner.heartbeat = member[0] == '0' ? unix_seconds() : 0;
        write_aside(SweepFolder{root / "sweep", member}.lock(), to_json_text(owner));
    }
    finish(sweep, 0, 4.0);
    ASSERT_TRUE(take_lease({root / "sweep", "0", "9_0.0"}, sweep.forest.stages[1].id, {}));
    ASSERT_TRUE(take_lease({root / "sweep", "1", "9_1.0"}, sweep.forest.stages[2].id, {}));
    const nlohmann::json status = nlohmann::json::parse(output_of(status_verb, {(root / "sweep").string(), "--json"}));
    ASSERT_EQ(status["members"].size(), 2u);
    EXPECT_EQ(status["members"][0]["slurm_job"], "9_0");
    EXPECT_EQ(status["members"][0]["alive"], true);
    EXPECT_EQ(status["members"][1]["alive"], false);
    ASSERT_EQ(status["running"].size(), 1u) << "a dead member's lease is no work";
    EXPECT_EQ(status["running"][0]["id"], sweep.forest.stages[1].id);
    EXPECT_EQ(status["running"][0]["member"], "0");
    EXPECT_EQ(status["last_errors"], nlohmann::json::array({"1 error: first", "2 error: later"}));
}

TEST_F(Plan, and_status_know_a_copied_folder_without_its_corpus_and_refuse_another_one) {
    std::string text = small;
    text.replace(text.find("corpus ="), 0, "folder = \"" + (root / "data").string() + "\"\n");
    const std::filesystem::path toml = root / "data.toml", folder = root / "sweep";
    std::ofstream(toml) << text;
    DataConfig data;
    data.corpus = "synthetic";
    data.folder = (root / "data").string();
    write_data_manifest(data, {.corpus = "synthetic", .tokenizer = "bytes", .digest = "d1", .vocabulary = 256, .train_tokens = 900000});
    const SweepView sweep = look_at_sweep(toml, folder);
    remember_data(sweep.folder, data, *sweep.specification.data);
    std::ofstream(sweep.folder.specification()) << text;
    finish(sweep, 0, 4.0);
    std::filesystem::remove_all(data.folder);
    EXPECT_EQ(nlohmann::json::parse(output_of(status_verb, {folder.string(), "--json"}))["done"], 1);
    for (const std::filesystem::path& what : {toml, folder}) {
        const nlohmann::json plan = nlohmann::json::parse(output_of(plan_without_simulation, {what.string(), "--in", folder.string(), "--json"}));
        EXPECT_EQ(plan["stages_done"], 1);
        EXPECT_EQ(plan["provisional"], false);
    }
    write_data_manifest(data, {.corpus = "synthetic", .tokenizer = "bytes", .digest = "d2", .vocabulary = 256, .train_tokens = 900000});
    for (const auto verb : {plan_without_simulation, run_verb}) {
        EXPECT_THROW(verb({toml.string(), "--in", folder.string()}), IoError);
    }
}

TEST_F(Plan, estimates_disk_by_what_is_kept_and_refuses_what_cannot_fit) {
    SweepView sweep = view();
    sweep.specification.cluster.keep = Keep::all;
    const double all = disk_bytes(sweep, 1);
    sweep.specification.cluster.keep = Keep::none;
    const double none = disk_bytes(sweep, 1);
    EXPECT_LT(none, all);
    const double one_state = state_bytes(sweep.forest.stages[0]);
    const auto total = count_parameters(sweep.specification.trials[0].model, sweep.specification.trials[0].position, 32).total();
    EXPECT_GE(one_state, 12.0 * static_cast<double>(total));
    EXPECT_GE(all, 8 * 2 * one_state * 0.9);

    EXPECT_TRUE(problems_of_fit(sweep, 2, {.free_disk_bytes = 1e12, .memory_bytes = 1e12}).empty());
    EXPECT_TRUE(problems_of_fit(sweep, 2, {}).empty()) << "unknown is no reason";
    const auto problems = problems_of_fit(sweep, 2, {.free_disk_bytes = 1000, .memory_bytes = 1000});
    ASSERT_EQ(problems.size(), 2u);
    EXPECT_EQ(problems[0].where, "cluster.keep");
    EXPECT_EQ(problems[1].where, "cluster.ranks");
}

TEST_F(Plan, takes_its_time_from_the_prediction_and_refuses_what_is_over_budget) {
    SweepView sweep = view();
    finish(sweep, 0, 1);
    sweep = view();
    Calibration calibration;
    calibration.flops_per_second = 1e9;
    const MakespanPrediction predict = [&](const StageForest& forest, const std::vector<bool>& done, int ranks, int, const auto& seconds) {
        EXPECT_TRUE(done[0] && !done[1]);
        EXPECT_EQ(forest.stages.size(), done.size());
        EXPECT_EQ(ranks, 2);
        const double work_s = forest.stages[1].flops / 1e9;
        EXPECT_NEAR(seconds(1, 1), calibration.stage_seconds + work_s, 1e-9);
        EXPECT_NEAR(seconds(1, 4), calibration.stage_seconds + work_s / (4 * 0.975 * 0.975), 1e-9);
        return 7200.0;
    };
    const SweepPlan plan = make_plan(sweep, calibration, 2, predict);
    EXPECT_EQ(plan.seconds, 7200);
    EXPECT_TRUE(problems_of_budget(sweep, plan).empty()) << "no budget is set";
    sweep.specification.cluster.budget_gpu_hours = 4;
    EXPECT_TRUE(problems_of_budget(sweep, plan).empty());
    sweep.specification.cluster.budget_gpu_hours = 3.9;
    const auto problems = problems_of_budget(sweep, plan);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].where, "cluster.budget_gpu_hours");
    EXPECT_NE(problems[0].what.find("4 rank hours"), std::string::npos) << problems[0].what;
}

TEST_F(Plan, refuses_for_submit_what_is_over_budget) {
    const auto with_budget = [&](const char* hours) {
        std::string text = small;
        text.insert(text.find("[grid]"), std::string("budget_gpu_hours = ") + hours + "\n");
        std::ofstream(root / "budget.toml") << text;
        return root / "budget.toml";
    };
    int asked = 0;
    const MakespanPrediction two_hours = [&](const StageForest&, const std::vector<bool>&, int ranks, int, const auto&) {
        EXPECT_EQ(ranks, 2);
        ++asked;
        return 7200.0;
    };
    refuse_over_budget(root / "small.toml", root / "sweep", two_hours);
    EXPECT_EQ(asked, 0) << "no budget, no look";
    refuse_over_budget(with_budget("4"), root / "sweep", two_hours);
    EXPECT_EQ(asked, 1);
    try {
        refuse_over_budget(with_budget("3.9"), root / "sweep", two_hours);
        FAIL() << "not refused";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(), "cluster.budget_gpu_hours: the sweep needs about 4 rank hours (2.0 h on 2 ranks) and the budget is 3.90; make the grid "
                                   "smaller, or raise the budget");
    }
}

TEST_F(Plan, and_run_make_nothing_of_a_bad_file) {
    std::ofstream(root / "bad.toml") << "[sweep]\nname = \"bad\"\nnonsense = 1\n";
    for (const auto verb : {plan_without_simulation, run_verb}) {
        EXPECT_THROW(verb({(root / "bad.toml").string(), "--in", (root / "bad").string()}), ConfigError);
        EXPECT_FALSE(std::filesystem::exists(root / "bad"));
    }
}

}  // namespace
}  // namespace overtake
