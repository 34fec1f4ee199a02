// The bits of a stage depend neither on the width of its team nor on being stopped and resumed at another width.
#include <gtest/gtest.h>

#include "runner/team_test_sweep.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {
namespace {

/// Runs the sweep on the first `width` ranks, while the others wait.
void go(const SweepRun& run, int width, std::int64_t stop_after = 0) {
    if (ProcessGroup::world().rank() < width) {
        run.go(SweepRun::team_of(width), at::kCPU, stop_after);
    }
    barrier(ProcessGroup::world());
}

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
    static SweepRun prepare(const std::string& name) {
        return SweepRun::prepare(name + GetParam(), std::string("precision = \"") + GetParam() + "\"");
    }
};

TEST_P(TeamWidth, changes_no_bit) {
    const SweepRun alone = prepare("alone"), pair = prepare("pair"), four = prepare("four");
    go(alone, 1);
    go(pair, 2);
    expect_same(alone, pair);
    if (ProcessGroup::world().size() >= 4) {
        go(four, 4);
        expect_same(alone, four);
    }
}

TEST_P(TeamWidth, may_change_when_a_stopped_stage_goes_on) {
    const SweepRun straight = prepare("straight"), stopped = prepare("stopped");
    go(straight, 1);
    go(stopped, 2, 70);
    go(stopped, 1);
    expect_same(straight, stopped);
}

INSTANTIATE_TEST_SUITE_P(Precisions, TeamWidth, testing::Values("fp32", "bf16"));

}  // namespace
}  // namespace overtake
