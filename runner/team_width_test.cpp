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
constexpr const char* critical =
    R"({scheme = "rope", extension = "longrope2", factor = 2, search = "evolution", search_population = 8, search_iterations = 2, )"
    R"(search_mutations = 4, search_crossovers = 4})";

Specification specification(const std::filesystem::path& data, const Case& which) {
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
precision = ")" + which.precision + R"("
[evaluation]
lengths = [32, 64]
tokens = 2048
[grid]
size = ["1x16"]
tokens = [)" + std::to_string(steps * 512) + R"(]
position = [)" + which.position + R"(]
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

    /// Runs all stages of the path on the first `width` ranks; with `stop_in`, the first stage of that kind is stopped on its way.
    void go(int width, std::optional<StageKind> stop_in = {}) {
        const ProcessGroup world = ProcessGroup::world();
        std::vector<int> ranks(static_cast<std::size_t>(width));
        std::iota(ranks.begin(), ranks.end(), 0);
        if (world.rank() < width) {
            const Team team{.group = width == 1 ? ProcessGroup() : world.subgroup(ranks, 99), .device_group = {}};
            for (const Stage& stage : forest.stages) {
                const bool stops = stop_in == stage.kind;
                std::int64_t polls = 0;
                const StageResult result = run_stage({.folder = folder, .specification = specification, .forest = forest, .stage = stage,
                                                      .team = team, .device = at::kCPU,
                                                      .stop_asked = [&] { return stops && ++polls > 1; },
                                                      .report = {}});
                if (stops) {
                    EXPECT_EQ(result.outcome, StageOutcome::stopped) << result.reason;
                    break;
                }
                EXPECT_EQ(result.outcome, StageOutcome::done) << name_of(stage.kind) << ": " << result.reason;
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
        return {{base / (name + GetParam().name)}, std::move(spec), std::move(forest)};
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
    stopped.go(2, GetParam().stop_in);
    stopped.go(1);
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
    {"critical", "fp32", critical, StageKind::search},
};

INSTANTIATE_TEST_SUITE_P(Cases, TeamWidth, testing::ValuesIn(cases), [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace overtake
