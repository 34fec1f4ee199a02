// The bits of a stage depend neither on the width of its team nor on being stopped and resumed at another width.
#include <gtest/gtest.h>

#include "runner/team_test_sweep.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {
namespace {

/// What is trained, searched and tuned, and where the second test stops it.
struct Case {
    const char *name, *precision, *position;
    StageKind stop_in;
};

constexpr const char* evolved =
    R"({scheme = "rope", extension = "longrope", factor = 4, search = "evolution", search_first_factor = 2, search_short = true, )"
    R"(search_population = 8, search_iterations = 3, search_mutations = 4, search_crossovers = 4, search_parents = 6, tune_tokens = 10240})";
constexpr const char* descended =
    R"({scheme = "rope", extension = "longrope", factor = 2, search = "gradient", search_population = 60, search_iterations = 0})";
constexpr const char* descended_in_steps =
    R"({scheme = "rope", extension = "longrope", factor = 4, search = "gradient", search_first_factor = 2, search_short = true, )"
    R"(search_population = 60, search_iterations = 0, tune_tokens = 10240})";
constexpr const char* descended_from_critical =
    R"({scheme = "rope", extension = "longrope2", factor = 2, search = "gradient", search_population = 40, search_iterations = 0})";
constexpr const char* drawn =
    R"({scheme = "rope", sampler = "randomised", longest = 140000, at_evaluation = "drawn", extension = "longrope", factor = 2, )"
    R"(search = "evolution", search_population = 8, search_iterations = 2, search_mutations = 4, search_crossovers = 4})";
constexpr const char* critical =
    R"({scheme = "rope", extension = "longrope2", factor = 2, search = "evolution", search_population = 8, search_iterations = 2, )"
    R"(search_mutations = 4, search_crossovers = 4})";

/// Runs the sweep on the first `width` ranks, while the others wait; with `stop_in`, the first stage of that kind is stopped.
void go(const SweepRun& run, int width, std::optional<StageKind> stop_in = {}) {
    if (ProcessGroup::world().rank() < width) {
        run.go(SweepRun::team_of(width), at::kCPU, stop_in);
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
        EXPECT_EQ(x->individuals, y->individuals);
        EXPECT_EQ(x->individuals.empty(), stage.kind != StageKind::search);
        if (stage.kind != StageKind::evaluate) {
            const auto p = read_state(a.folder, stage.id), q = read_state(b.folder, stage.id);
            ASSERT_TRUE(p && q);
            EXPECT_EQ(p->state.weights, q->state.weights);
            EXPECT_EQ(p->state.second_moment, q->state.second_moment);
        }
    }
}

class TeamWidth : public testing::TestWithParam<Case> {
  protected:
    static SweepRun prepare(const std::string& name) {
        const Case& one = GetParam();
        return SweepRun::prepare(name + one.name, std::string("precision = \"") + one.precision + "\"", one.position);
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
    go(stopped, 2, GetParam().stop_in);
    go(stopped, 1);
    expect_same(straight, stopped);
}

constexpr Case cases[] = {
    {"fp32", "fp32", "\"learned-rope\"", StageKind::train},
    {"bf16", "bf16", "\"learned-rope\"", StageKind::train},
    {"tuned", "fp32", R"({scheme = "rope", extension = "yarn", factor = 2, tune_tokens = "20%"})", StageKind::extend},
    {"learned_ramp", "fp32", R"({scheme = "rope", extension = "yarn", factor = 2, learned_ramp = true, tune_tokens = "20%"})", StageKind::extend},
    {"continued", "fp32", R"({scheme = "alibi", extension = "continue", factor = 2, tune_tokens = "20%"})", StageKind::extend},
    {"evolved", "fp32", evolved, StageKind::search},
    {"descended", "fp32", descended, StageKind::search},
    {"descended_in_steps", "fp32", descended_in_steps, StageKind::search},
    {"descended_from_critical", "fp32", descended_from_critical, StageKind::search},
    {"drawn", "fp32", drawn, StageKind::search},
    {"critical", "fp32", critical, StageKind::search},
};

INSTANTIATE_TEST_SUITE_P(Cases, TeamWidth, testing::ValuesIn(cases), [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace overtake
