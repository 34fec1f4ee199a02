#include "sweeps/results/schema.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace overtake {
namespace {

// What is on disk is pinned: a change here is a new version of the format, with FORMAT.md and the changelog.
constexpr const char* golden = R"(5
/trials/context_length int64 /trials/context_length [token]
/trials/id text /trials/trial
/trials/cell text /trials/trial
/trials/size text /trials/trial
/trials/scheme text /trials/trial
/trials/scheme_class text /trials/trial
/trials/options text /trials/trial
/trials/seed int64 /trials/trial
/trials/train_length int64 /trials/trial [token]
/trials/learning_rate_multiplier float64 /trials/trial
/trials/tuning text /trials/trial
/trials/parameters_backbone int64 /trials/trial
/trials/parameters_embedding int64 /trials/trial
/trials/parameters_position int64 /trials/trial
/trials/parameters_total int64 /trials/trial
/trials/tokens int64 /trials/trial [token]
/trials/flops float64 /trials/trial
/trials/six_nd float64 /trials/trial
/trials/seconds float64 /trials/trial [s]
/trials/unique_tokens int64 /trials/trial [token]
/trials/epochs float64 /trials/trial
/trials/status text /trials/trial
/trials/reason text /trials/trial
/trials/final_train_loss float64 /trials/trial [nat token-1]
/trials/loss float64 /trials/trial /trials/context_length [nat token-1]
/trials/loss_beyond_train float64 /trials/trial /trials/context_length [nat token-1]
/trials/standard_error float64 /trials/trial /trials/context_length [nat token-1]
/paths/row_size int64 /paths/trial
/paths/stage_id text /paths/path_point
/paths/stage int64 /paths/path_point
/stages/id text /stages/stage
/stages/parent text /stages/stage
/stages/kind text /stages/stage
/stages/status text /stages/stage
/stages/reason text /stages/stage
/stages/end_step int64 /stages/stage
/stages/host text /stages/stage
/stages/version text /stages/stage
/stages/device text /stages/stage
/stages/started_utc text /stages/stage
/stages/finished_utc text /stages/stage
/stages/attempts int64 /stages/stage
/stages/team_width int64 /stages/stage
/stages/seconds float64 /stages/stage [s]
/stages/tokens_per_second float64 /stages/stage [token s-1]
/stages/alone uint8 /stages/stage
/curves/row_size int64 /curves/stage
/curves/step int64 /curves/point
/curves/tokens int64 /curves/point [token]
/curves/flops float64 /curves/point
/curves/train_loss float32 /curves/point [nat token-1]
/curves/learning_rate float32 /curves/point
/curves/gradient_norm float32 /curves/point
/curves/seconds float64 /curves/point [s]
/evaluations/stage int64 /evaluations/evaluation
/evaluations/context_length int64 /evaluations/evaluation [token]
/evaluations/tokens int64 /evaluations/evaluation [token]
/evaluations/loss float64 /evaluations/evaluation [nat token-1]
/evaluations/standard_error float64 /evaluations/evaluation [nat token-1]
/evaluations/loss_beyond_train float64 /evaluations/evaluation [nat token-1]
/evaluations/row_size int64 /evaluations/evaluation
/evaluations/position_begin int64 /evaluations/bin [token]
/evaluations/position_loss float64 /evaluations/bin [nat token-1]
/tasks/stage int64 /tasks/task_row
/tasks/task text /tasks/task_row
/tasks/metric text /tasks/task_row
/tasks/context_length int64 /tasks/task_row [token]
/tasks/depth float64 /tasks/task_row
/tasks/lag int64 /tasks/task_row [token]
/tasks/samples int64 /tasks/task_row
/tasks/value float64 /tasks/task_row
/tasks/standard_error float64 /tasks/task_row
/structure/stage int64 /structure/series
/structure/kind text /structure/series
/structure/source text /structure/series
/structure/family text /structure/series
/structure/layer int64 /structure/series
/structure/head int64 /structure/series
/structure/row_size int64 /structure/series
/structure/x float64 /structure/sample
/structure/value float64 /structure/sample
/searches/stage int64 /searches/individual
/searches/iteration int64 /searches/individual
/searches/origin text /searches/individual
/searches/loss float64 /searches/individual [nat token-1]
/searches/n_hat int64 /searches/individual [token]
/searches/critical_pair int64 /searches/individual
/searches/row_size int64 /searches/individual
/searches/factor float64 /searches/pair
/sweep_text/text uint8 /sweep_text/byte
/claims/text uint8 /claims/byte
/stage_texts/row_size int64 /stage_texts/stage
/stage_texts/text uint8 /stage_texts/byte
/trial_texts/row_size int64 /trial_texts/trial
/trial_texts/text uint8 /trial_texts/byte
)";

std::string list_columns() {
    std::ostringstream list;
    list << results_format.version << '\n';
    for (const Column& column : results_columns()) {
        list << column.path << ' ' << (column.type == h5::Type::text ? "text" : name_of(column.type)) << ' '
             << column.dimension;
        if (!column.second_dimension.empty()) {
            list << ' ' << column.second_dimension;
        }
        if (!column.units.empty() && column.units != "1") {
            list << " [" << column.units << ']';
        }
        list << '\n';
    }
    return list.str();
}

TEST(Schema, is_pinned) {
    EXPECT_EQ(list_columns(), golden);
}

TEST(Schema, names_every_dimension_it_uses) {
    const auto known = [](std::string_view path) {
        for (const Dimension& dimension : results_dimensions()) {
            if (dimension.path == path) {
                return true;
            }
        }
        return false;
    };
    for (const Column& column : results_columns()) {
        EXPECT_TRUE(known(column.dimension)) << column.path;
        EXPECT_TRUE(column.second_dimension.empty() || known(column.second_dimension)) << column.path;
        EXPECT_FALSE(column.long_name.empty()) << column.path;
    }
}

}  // namespace
}  // namespace overtake
