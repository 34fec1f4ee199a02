// Tuning from records alone: rounds go on until every optimum lies inside, and the grid then has the choices.
#include "cluster/launch/tune.hpp"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {
namespace {

const std::string file = R"([sweep]
name = "tuned"
[tune]
size = ["1x16"]
tokens = ["5x", "20x"]
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
                const double off = std::log(stage.config.optimizer.learning_rate_multiplier) - best;
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
            EXPECT_EQ(round.folder.root, folder_.root / "tuning");
            record(round, std::log(5));
            return exit_code::done;
        },
        [](const std::string&) {});
    EXPECT_FALSE(code.has_value());
    EXPECT_EQ(rounds, 2) << "the first round has its optimum at the edge";
    const SweepView tuned = with_choices(view);
    ASSERT_EQ(tuned.specification.tuning->choices.size(), 2u);
    EXPECT_NEAR(tuned.specification.tuning->choices[0].rate, 5, 1e-3);
    EXPECT_FALSE(tuned.specification.tuning->choices[0].untuned);
    EXPECT_NEAR(tuned.specification.trials[0].optimizer.learning_rate / view.specification.trials[0].optimizer.learning_rate, 5, 1e-2);
    EXPECT_EQ(tuning_view(tuned).forest.trials.size(), tuning_view(view).forest.trials.size());
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
