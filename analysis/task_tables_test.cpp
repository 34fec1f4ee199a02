// Tables of tasks take each scheme's largest trials and average their seeds; agreement is a correlation.
#include "analysis/task_tables.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

void add_trial(Results& results, const std::string& scheme, std::int64_t backbone, std::int64_t seed, std::vector<TaskResult> rows) {
    TrialResult trial;
    trial.scheme = scheme;
    trial.seed = seed;
    trial.parameters.backbone = backbone;
    trial.tokens = 100;
    trial.status = TrialStatus::done;
    trial.path = {scheme + std::to_string(backbone) + "-" + std::to_string(seed)};
    results.trials.push_back(trial);
    StageRecord stage;
    stage.id = trial.path[0];
    stage.task_results = std::move(rows);
    results.stages.push_back(stage);
}

TaskResult row(const std::string& task, const std::string& metric, double value) {
    TaskResult result;
    result.task = task;
    result.metric = metric;
    result.context_length = 64;
    result.depth = std::nan("");
    result.value = value;
    return result;
}

TEST(TaskTables, TakeTheLargestTrialsAndAverageSeeds) {
    Results results;
    add_trial(results, "rope", 10, 0, {row("copy", "loss", 9)});
    add_trial(results, "rope", 20, 0, {row("copy", "loss", 1)});
    add_trial(results, "rope", 20, 1, {row("copy", "loss", 2)});
    add_trial(results, "t5", 20, 0, {row("copy", "loss", 4), row("structure", "swap.log", 0.5)});
    const std::optional<Table> tasks = task_table(results);
    ASSERT_TRUE(tasks.has_value());
    EXPECT_EQ(tasks->header, (std::vector<std::string>{"task", "length", "depth", "lag", "metric", "rope", "t5"}));
    ASSERT_EQ(tasks->rows.size(), 1U);
    EXPECT_EQ(tasks->rows[0], (std::vector<std::string>{"copy", "64", "", "", "loss", "1.5", "4"}));
    EXPECT_FALSE(agreement_table(results).has_value());
    EXPECT_FALSE(task_table(Results{}).has_value());
}

TEST(TaskTables, LossesStandByLength) {
    Results results;
    add_trial(results, "rope", 10, 0, {});
    results.trials[0].evaluations.resize(2);
    results.trials[0].evaluations[0] = {.context_length = 64, .tokens = 64, .loss = 2, .standard_error = 0, .loss_beyond_train = std::nan(""), .position_begin = {}, .position_loss = {}};
    EXPECT_FALSE(length_table(Results{}).has_value());
    results.trials[0].evaluations[1] = {.context_length = 128, .tokens = 128, .loss = 3, .standard_error = 0, .loss_beyond_train = 4, .position_begin = {}, .position_loss = {}};
    const std::optional<Table> table = length_table(results);
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->header, (std::vector<std::string>{"scheme", "seeds", "64", "128", "beyond, 64", "beyond, 128"}));
    EXPECT_EQ(table->rows[0], (std::vector<std::string>{"rope", "1", "2.0000", "3.0000", "", "4.0000"}));
}

TEST(TaskTables, StructureStandsBesideChanceAndSeeds) {
    Results results;
    for (const std::int64_t seed : {0, 1}) {
        const double s = static_cast<double>(seed);
        add_trial(results, "learned-rope", 10, seed,
                  {row("structure", "frequencies.0.base", 100 + 20 * s), row("structure", "frequencies.0.0", 1), row("structure", "frequencies.0.1", 0.1),
                   row("structure", "frequencies.0.2", 0.01 * (1 + s)), row("structure", "table.flatness", 0.2), row("structure", "table.flatness.null-low", 0.5),
                   row("structure", "table.flatness.null-high", 0.6)});
    }
    const std::optional<Table> learned = structure_table(results);
    ASSERT_TRUE(learned.has_value());
    ASSERT_EQ(learned->rows.size(), 2U);
    EXPECT_EQ(learned->rows[0], (std::vector<std::string>{"learned-rope", "frequencies.0.base", "110", "100 to 120", ""}));
    EXPECT_EQ(learned->rows[1][4], "0.5 to 0.6");
    const std::optional<Table> agreement = agreement_table(results);
    ASSERT_TRUE(agreement.has_value());
    // ln: 0, -2.303, -4.605 against 0, -2.303, -3.912 have deviations 2.303, 0, -2.303 and 2.072, -0.231, -1.841: r = 9.008 / sqrt(10.604 x 7.732).
    EXPECT_EQ(agreement->rows[0], (std::vector<std::string>{"learned-rope", "2", "3", "0.995"}));
}

}  // namespace
}  // namespace overtake
