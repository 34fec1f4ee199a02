// The bits of a stage depend neither on the width of its team nor on being stopped and resumed at another width.
#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>
#include <unistd.h>

#include "runner/stage_work.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {
namespace {

constexpr std::int64_t steps = 200;

Specification specification(const std::filesystem::path& data, const char* precision) {
    const std::string text = std::string(R"(
[sweep]
name = "widths"
[data]
corpus = "synthetic"
folder = ")") + data.string() + R"("
[training]
batch_tokens = 512
shards = 4
log_every = 10
precision = ")" + precision + R"("
[evaluation]
lengths = [32, 64, 70000]
tokens = 2048
sliding_stride = 16
tasks = ["copy", "induction", "recall", "context-gain"]
task_samples = 5
scored_blocks = 1
scored_block = 8
[grid]
size = ["1x16"]
tokens = [)" + std::to_string(steps * 512) + R"(]
position = ["learned-rope"]
train_length = [32]
seed = [3]
)";
    return parse_specification(text, "widths.toml", {.find_manifest = find_data_manifest});
}

/// A folder that all ranks of the test agree on.
std::filesystem::path shared_folder(const std::string& name) {
    std::int64_t process = getpid();
    broadcast(ProcessGroup::world(), std::as_writable_bytes(std::span(&process, 1)), 0);
    return std::filesystem::temp_directory_path() / ("overtake-" + std::to_string(process)) / name;
}

struct SweepRun {
    SweepFolder folder;
    Specification specification;
    StageForest forest;

    /// Runs all stages of the path on the first `width` ranks; with `stop_after`, the first stage stops at that step.
    void go(int width, std::int64_t stop_after = 0) {
        const ProcessGroup world = ProcessGroup::world();
        std::vector<int> ranks(static_cast<std::size_t>(width));
        std::iota(ranks.begin(), ranks.end(), 0);
        if (world.rank() < width) {
            const Team team{.group = width == 1 ? ProcessGroup() : world.subgroup(ranks, 99), .device_group = {}};
            for (const Stage& stage : forest.stages) {
                std::int64_t polls = 0;
                const StageResult result = run_stage({.folder = folder, .specification = specification, .forest = forest, .stage = stage,
                                                      .team = team, .device = at::kCPU,
                                                      .stop_asked = [&] { return stop_after > 0 && ++polls * 10 > stop_after; },
                                                      .report = {}});
                if (stop_after > 0) {
                    EXPECT_EQ(result.outcome, StageOutcome::stopped);
                    EXPECT_LT(result.step, stage.end_step);
                    break;
                }
                EXPECT_EQ(result.outcome, StageOutcome::done) << result.reason;
            }
        }
        barrier(world);
    }
};

void expect_same(const SweepRun& a, const SweepRun& b) {
    for (const Stage& stage : a.forest.stages) {
        const auto x = read_record(a.folder, stage.id), y = read_record(b.folder, stage.id);
        ASSERT_TRUE(x && y) << name_of(stage.kind);
        ASSERT_EQ(x->curve.size(), y->curve.size());
        for (std::size_t i = 0; i < x->curve.size(); ++i) {
            EXPECT_EQ(x->curve[i].train_loss, y->curve[i].train_loss) << "step " << x->curve[i].step;
            EXPECT_EQ(x->curve[i].gradient_norm, y->curve[i].gradient_norm) << "step " << x->curve[i].step;
        }
        ASSERT_EQ(x->evaluations.size(), y->evaluations.size());
        for (std::size_t i = 0; i < x->evaluations.size(); ++i) {
            EXPECT_EQ(x->evaluations[i].loss, y->evaluations[i].loss);
            EXPECT_EQ(x->evaluations[i].position_loss, y->evaluations[i].position_loss);
        }
        ASSERT_EQ(x->task_results.size(), y->task_results.size());
        EXPECT_EQ(x->task_results.empty(), stage.kind != StageKind::evaluate);
        for (std::size_t i = 0; i < x->task_results.size(); ++i) {
            EXPECT_EQ(x->task_results[i].task, y->task_results[i].task);
            EXPECT_EQ(x->task_results[i].value, y->task_results[i].value) << x->task_results[i].task;
        }
        if (stage.kind != StageKind::evaluate) {
            const auto p = read_state(a.folder, stage.id), q = read_state(b.folder, stage.id);
            ASSERT_TRUE(p && q);
            EXPECT_EQ(p->state.weights, q->state.weights);
            EXPECT_EQ(p->state.second_moment, q->state.second_moment);
        }
    }
}

class TeamWidth : public testing::TestWithParam<const char*> {
  protected:
    SweepRun prepare(const std::string& name) {
        const std::filesystem::path base = shared_folder("");
        if (ProcessGroup::world().rank() == 0) {
            DataConfig data;
            data.corpus = "synthetic";
            data.folder = (base / "data").string();
            (void)TokenSource::open(data);
        }
        barrier(ProcessGroup::world());
        Specification spec = specification(base / "data", GetParam());
        StageForest forest = grow_forest(spec.trials);
        return {{base / (name + GetParam())}, std::move(spec), std::move(forest)};
    }
};

TEST_P(TeamWidth, changes_no_bit) {
    SweepRun alone = prepare("alone"), pair = prepare("pair"), four = prepare("four");
    alone.go(1);
    pair.go(2);
    expect_same(alone, pair);
    if (ProcessGroup::world().size() >= 4) {
        four.go(4);
        expect_same(alone, four);
    }
}

TEST_P(TeamWidth, may_change_when_a_stopped_stage_goes_on) {
    SweepRun straight = prepare("straight"), stopped = prepare("stopped");
    straight.go(1);
    stopped.go(2, 70);
    stopped.go(1);
    expect_same(straight, stopped);
}

INSTANTIATE_TEST_SUITE_P(Precisions, TeamWidth, testing::Values("fp32", "bf16"));

}  // namespace
}  // namespace overtake
