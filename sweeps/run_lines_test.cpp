#include "sweeps/run_lines.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

std::filesystem::path scratch(const char* name) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "overtake_run_lines";
    std::filesystem::create_directories(folder);
    std::filesystem::remove(folder / name);
    return folder / name;
}

TEST(RunLines, Assigned) {
    const std::string line = to_line(AssignedLine{"00ff", 120, {0, 1, 3}});
    EXPECT_EQ(line, "@overtake assigned 00ff 120 0,1,3");
    const auto parsed = parse_run_line(line + "\n");
    ASSERT_TRUE(parsed);
    const auto& assigned = std::get<AssignedLine>(*parsed);
    EXPECT_EQ(assigned.stage, "00ff");
    EXPECT_EQ(assigned.step, 120);
    EXPECT_EQ(assigned.team, (std::vector<int>{0, 1, 3}));
}

TEST(RunLines, EndedKeepsItsReasonOnOneLine) {
    const std::string line = to_line(EndedLine{"00ff", "failed", 7, "out of memory\nat layer 3"});
    EXPECT_EQ(line, "@overtake ended 00ff failed 7 out of memory at layer 3");
    const auto ended = std::get<EndedLine>(*parse_run_line(line));
    EXPECT_EQ(ended.outcome, "failed");
    EXPECT_EQ(ended.step, 7);
    EXPECT_EQ(ended.reason, "out of memory at layer 3");
    EXPECT_EQ(std::get<EndedLine>(*parse_run_line("@overtake ended 00ff done 9")).reason, "");
}

TEST(RunLines, Progress) {
    const std::string line = to_line(ProgressLine{5, 2, 9, 1, 81234.5, 0.25, 60});
    EXPECT_EQ(line, "@overtake progress 5 2 9 1 81234.5 0.25 60");
    const auto progress = std::get<ProgressLine>(*parse_run_line(line));
    EXPECT_EQ(progress.waiting, 9);
    EXPECT_EQ(progress.failed, 1);
    EXPECT_EQ(progress.tokens_per_second, 81234.5);
    EXPECT_EQ(progress.seconds_left, 60);
}

TEST(RunLines, Hung) {
    const std::string line = to_line(HungLine{"00ff", 31.5});
    EXPECT_EQ(line, "@overtake hung 00ff 31.5");
    const auto hung = std::get<HungLine>(*parse_run_line(line));
    EXPECT_EQ(hung.stage, "00ff");
    EXPECT_EQ(hung.silent_s, 31.5);
    EXPECT_FALSE(parse_run_line("@overtake hung 00ff"));
}

TEST(RunLines, Fault) {
    const std::string line = to_line(FaultLine{"00ff", true, "CUDA error: unspecified launch failure on node7"});
    EXPECT_EQ(line, "@overtake fault 00ff place CUDA error: unspecified launch failure on node7");
    const auto fault = std::get<FaultLine>(*parse_run_line(line));
    EXPECT_EQ(fault.stage, "00ff");
    EXPECT_EQ(fault.reason, "CUDA error: unspecified launch failure on node7");
    EXPECT_TRUE(fault.of_the_place);
    EXPECT_FALSE(std::get<FaultLine>(*parse_run_line("@overtake fault 00ff unknown shapes differ")).of_the_place);
    for (const char* text : {"@overtake fault 00ff", "@overtake fault 00ff place", "@overtake fault 00ff CUDA error"}) {
        EXPECT_FALSE(parse_run_line(text)) << text;
    }
}

TEST(RunLines, Refused) {
    const std::string line = to_line(RefusedLine{"could not write a: No space left on device;\ncheck"});
    EXPECT_EQ(line, "@overtake refused could not write a: No space left on device; check");
    EXPECT_EQ(std::get<RefusedLine>(*parse_run_line(line + "\n")).reason, "could not write a: No space left on device; check");
}

TEST(RunLines, OtherTextIsTheProgramsOwn) {
    for (const char* line : {"", "loss 2.3", "@overtake", "@overtake ", "@overtake unknown 1",
                             "@overtake assigned 00ff", "@overtake assigned 00ff x 0", "@overtake assigned 00ff 1 0,,2",
                             "@overtake assigned 00ff 1 ", "@overtake ended 00ff done", "@overtake progress 1 2 3",
                             "@overtake progress 1 2 3 4 5 6 z", " @overtake ended 00ff done 9"}) {
        EXPECT_FALSE(parse_run_line(line)) << line;
    }
}

TEST(RunLines, OutcomeRoundTrip) {
    const auto file = scratch("outcome.json");
    EXPECT_FALSE(read_outcome(file));
    write_outcome(file, {.finished = true, .stopped = false, .stages_done = 288, .stages_failed = 1});
    const auto outcome = read_outcome(file);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->finished);
    EXPECT_FALSE(outcome->stopped);
    EXPECT_EQ(outcome->stages_done, 288);
    EXPECT_EQ(outcome->stages_failed, 1);
}

TEST(RunLines, StrikesRoundTrip) {
    const auto file = scratch("strikes.json");
    EXPECT_TRUE(read_strikes(file).empty());
    write_strikes(file, {{"00ff", 2, 40}, {"0a0a", 1, 0}});
    const auto strikes = read_strikes(file);
    ASSERT_EQ(strikes.size(), 2u);
    EXPECT_EQ(strikes[0].stage, "00ff");
    EXPECT_EQ(strikes[0].count, 2);
    EXPECT_EQ(strikes[0].step, 40);
}

TEST(RunLines, ABrokenFileIsNamed) {
    const auto file = scratch("broken.json");
    for (const char* text : {"{\"finished\": tr", "[1, 2]", "{\"finished\": 3}"}) {
        std::ofstream(file) << text;
        EXPECT_THROW(read_outcome(file), IoError) << text;
    }
}

}  // namespace
}  // namespace overtake
