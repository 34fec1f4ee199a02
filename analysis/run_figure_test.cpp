// The picture of a run: where bars lie, and what they say together.
#include "analysis/run_figure.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

StageRecord stage(const char* kind, const char* begin, const char* end, double seconds, std::int64_t width, const char* host = "a") {
    StageRecord record;
    record.kind = kind;
    record.provenance.started_utc = std::string("2026-01-02T03:04:") + begin + "Z";
    record.provenance.finished_utc = std::string("2026-01-02T03:04:") + end + "Z";
    record.provenance.seconds = seconds;
    record.provenance.team_width = width;
    record.provenance.host = host;
    return record;
}

TEST(RunFigure, PacksBarsOfAHostFromBelow) {
    Results results;
    results.stages = {stage("train", "00", "10", 10, 2), stage("train", "05", "20", 15, 1), stage("cooldown", "10", "20", 10, 2), stage("evaluate", "12", "20", 8, 1, "b")};
    const std::optional<Figure> figure = run_figure(results);
    ASSERT_TRUE(figure.has_value());
    EXPECT_EQ(figure->data, "# train: begin end lowest highest\n0 10 0 2\n5 20 2 3\n\n\n# cooldown: begin end lowest highest\n10 20 0 2\n\n\n# evaluate: begin end lowest highest\n12 20 3 4\n");
    EXPECT_NE(figure->caption.find("4 ranks at most, at work in 79 % of the time"), std::string::npos) << figure->caption;  // 63 of 80 rank seconds
}

TEST(RunFigure, TellsFailuresAndCountsALastAttempt) {
    Results results;
    results.stages = {stage("train", "00", "04", 4, 1), stage("train", "10", "12", 30, 1), stage("train", "20", "21", 0.25, 1)};
    results.stages[0].status = StageStatus::diverged;
    results.stages[1].provenance.attempts = 2;  // its 30 s are of both
    const std::optional<Figure> figure = run_figure(results);
    ASSERT_TRUE(figure.has_value());
    EXPECT_EQ(figure->data, "# train: begin end lowest highest\n10 12 0 1\n20 20.25 0 1\n\n\n# failed or diverged: begin end lowest highest\n0 4 0 1\n");
}

TEST(RunFigure, LeavesOutWhatNoEyeWouldSee) {
    Results results;
    results.stages = {stage("train", "00", "59", 59, 1), stage("train", "00", "59", 59, 1)};
    for (int i = 0; i < 2500; ++i) {
        results.stages.push_back(stage("evaluate", "30", "30", 0.01, 1));
    }
    const std::optional<Figure> figure = run_figure(results);
    ASSERT_TRUE(figure.has_value());
    EXPECT_NE(figure->caption.find("2500 stages shorter than a thousandth"), std::string::npos) << figure->caption;
    EXPECT_LT(figure->data.size(), 200U);
}

TEST(RunFigure, IsAbsentWithoutTimes) {
    Results results;
    results.stages.resize(5);
    EXPECT_FALSE(run_figure(results).has_value());
}

}  // namespace
}  // namespace overtake
