// Tuning from records alone: rounds go on until every optimum lies inside, and the grid then has the choices.
#include "cluster/launch/tune.hpp"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "cluster/launch/plan.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {
namespace {

const std::string file = R"([sweep]
name = "tuned"
[tune]
size = ["1x16"]
tokens = "20x"
learning_rate_multipliers = [0.5, 1, 2]
check_seeds = [2000, 2001]
[grid]
size = "1x16"
tokens = "5x"
position = ["rope", "kerple-log"])";

class Tune : public testing::Test {
  protected:
    Tune() : folder_{std::filesystem::temp_directory_path() / ("overtake-tune-" + std::to_string(getpid()))} {
        std::filesystem::remove_all(folder_.root);
    }
    ~Tune() override { std::filesystem::remove_all(folder_.root); }

    /// Records of a round as if it had run: lowest at ln rate = `best`, and the highest rate of the first scheme diverges.
    static void record(const SweepView& round, double best) {
        for (const Stage& stage : round.forest.stages) {
            StageRecord record;
            record.id = stage.id;
            record.parent = stage.parent;
            record.kind = std::string(name_of(stage.kind));
            record.text = stage.text;
            record.end_step = stage.end_step;
            if (stage.kind == StageKind::evaluate) {
                const OptimizerConfig& optimizer = stage.config.optimizer;
                const double chosen = optimizer.learning_rate / optimizer.untuned_learning_rate.value_or(optimizer.learning_rate);
                const double off = std::log(optimizer.learning_rate_multiplier * chosen) - best;
                Evaluation evaluation;
                evaluation.context_length = 128;
                evaluation.tokens = 1280;
                evaluation.loss = 3 + 0.02 * off * off;
                evaluation.loss_beyond_train = std::nan("");
                evaluation.position_begin = {0};
                evaluation.position_loss = {evaluation.loss};
                record.evaluations = {evaluation};
            }
            write_record(round.folder, record);
        }
    }

    SweepFolder folder_;
};

TEST_F(Tune, RunsRoundsUntilEveryOptimumIsInside) {
    const SweepView view = look_at_text(file, "tuned.toml", folder_.root);
    EXPECT_TRUE(with_choices(view).specification.tuning->choices.empty());
    int rounds = 0;
    const auto code = run_tuning(
        view,
        [&](const SweepView& round) {
            rounds += 1;
            EXPECT_EQ(round.folder.root, rounds < 3 ? folder_.root / "tuning" : folder_.root / "tuning" / "check");
            Calibration calibration;
            calibration.flops_per_second = 1e9;
            const SweepPlan before = make_plan(view, calibration, 1);
            EXPECT_EQ(before.tuning_check.trials, 12u) << "planned from the beginning";
            EXPECT_EQ(before.tuning.seconds > 0, rounds < 3);
            EXPECT_GT(before.tuning_check.seconds, before.tuning_check.flops / 1e9);
            SweepView limited = view;
            limited.specification.cluster.budget_gpu_hours = (before.seconds + before.tuning_check.seconds / 2) / 3600;
            EXPECT_EQ(problems_of_budget(limited, before).size(), 1u) << "tuning counts";
            record(round, std::log(3));
            return exit_code::done;
        },
        [](const std::string&) {});
    EXPECT_FALSE(code.has_value());
    EXPECT_EQ(rounds, 3) << "the first round has its optimum at the edge; the third is the check";
    const SweepView tuned = with_choices(view);
    ASSERT_EQ(tuned.specification.tuning->choices.size(), 2u);
    EXPECT_NEAR(tuned.specification.tuning->choices[0].rate, 3, 1e-3);
    EXPECT_FALSE(tuned.specification.tuning->choices[0].untuned());
    EXPECT_EQ(tuned.specification.tuning->choices[0].trials, 15) << "5 rates, 3 bases";
    EXPECT_GT(tuned.specification.tuning->choices[0].flops, 0);
    ASSERT_EQ(tuned.specification.tuning->checks.size(), 2u) << "2 schemes, the grid's one budget";
    EXPECT_NEAR(tuned.specification.tuning->checks[0].difference, 0.02 * std::log(2.0) * std::log(2.0), 1e-5);
    EXPECT_EQ(tuned.specification.tuning->checks[0].verdict, RateVerdict::no_worse);
    const SweepPlan plan = make_plan(tuned, {}, 1);
    EXPECT_EQ(plan.tuning.stages_done, plan.tuning.stages);
    EXPECT_EQ(plan.tuning_check.stages_done, plan.tuning_check.stages);
    EXPECT_NEAR(tuned.specification.trials[0].optimizer.learning_rate / view.specification.trials[0].optimizer.learning_rate, 3, 1e-2);
    EXPECT_EQ(tuning_views(tuned).round.forest.trials.size(), tuning_views(view).round.forest.trials.size());
    // Again: everything is recorded, nothing runs.
    EXPECT_FALSE(run_tuning(view, [](const SweepView&) -> int { throw std::logic_error("ran again"); }, [](const std::string&) {}).has_value());
}

TEST_F(Tune, StopsWithTheProgramsCode) {
    const SweepView view = look_at_text(file, "tuned.toml", folder_.root);
    EXPECT_EQ(run_tuning(view, [](const SweepView&) { return exit_code::resumable; }, [](const std::string&) {}), exit_code::resumable);
    EXPECT_EQ(run_tuning(view, [](const SweepView&) { return exit_code::done; }, [](const std::string&) {}), exit_code::unexpected)
        << "an end without records is no end";
}

}  // namespace
}  // namespace overtake
