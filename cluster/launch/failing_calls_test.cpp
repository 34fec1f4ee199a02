// Every system call of the writers fails, or is the last one of its process, in turn: what was said to be written is there, whole, and
// what is there is whole; what could not be written was said.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "cluster/launch/lock.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/sample_records.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {
namespace {

class FailingCalls : public testing::TestWithParam<const char*> {
  protected:
    ~FailingCalls() override { std::filesystem::remove_all(base); }

    /// Runs the writer on an empty folder; answers how waitpid saw it end.
    int write_with(long at, const std::string& how) {
        std::filesystem::remove_all(base);
        std::filesystem::create_directories(folder.root);
        const pid_t child = fork();
        if (child == 0) {
            setenv("LD_PRELOAD", FAILING_CALLS, 1);
            setenv("FAIL_IN", folder.root.c_str(), 1);
            setenv("FAIL_AT", std::to_string(at).c_str(), 1);
            setenv("FAIL_HOW", how.c_str(), 1);
            setenv("FAIL_COUNT", (base / "count").c_str(), 1);
            dup2(open((base / "written").c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
            dup2(open((base / "said").c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
            execl(STAGE_WRITER, "stage_writer", folder.root.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return status;
    }

    std::set<std::string> lines(const std::string& name) const {
        std::set<std::string> all;
        std::ifstream file(base / name);
        for (std::string line; std::getline(file, line);) {
            all.insert(line);
        }
        return all;
    }

    /// 2, 1 or 0: the last round of which the writer was told that its file is there.
    static std::int64_t round_of(const std::set<std::string>& written, const std::string& what) {
        return written.contains(what + " 2") ? 2 : written.contains(what + " 1") ? 1 : 0;
    }

    /// Every file that is there is whole, and none is older than what was said to be written.
    void expect_whole() {
        const std::set<std::string> written = lines("written");
        const std::string id = "00000000000000a1";
        const auto expect_round = [&](const std::string& what, std::int64_t found) {
            EXPECT_GE(found, round_of(written, what)) << what << " was written and is lost";
            EXPECT_LE(found, 2);
        };
        const std::optional<LoadedState> state = read_state(folder, id);
        expect_round("state", state ? state->state.step / 10 : 0);
        if (state) {
            const StageState whole = sample::state(id, state->state.step);
            EXPECT_EQ(state->state.weights, whole.weights);
            EXPECT_EQ(state->state.second_moment, whole.second_moment);
            EXPECT_EQ(state->state.curve, whole.curve);
            EXPECT_EQ(state->warning, "");
        } else {
            EXPECT_FALSE(std::filesystem::exists(folder.state(id)));
        }
        const std::optional<StageRecord> record = read_record(folder, id);
        expect_round("record", record ? record->end_step : 0);
        EXPECT_EQ(record.has_value(), std::filesystem::exists(folder.record(id)));
        const bool has_results = std::filesystem::exists(folder.results());
        expect_round("results", has_results ? std::stol(read_results(folder.results()).sweep_name) : 0);
        const std::optional<RunOutcome> outcome = read_outcome(folder.outcome());
        expect_round("outcome", outcome ? outcome->stages_done : 0);
        const std::vector<Strike> strikes = read_strikes(folder.strikes());
        expect_round("strikes", strikes.empty() ? 0 : strikes.front().count);
        EXPECT_NO_THROW(SweepLock::take(folder, std::chrono::milliseconds(0), [](const std::string&) {}));
    }

    /// In memory if it can be: this is not about disks, and thousands of flushes to one take minutes.
    const std::filesystem::path base = (access("/dev/shm", W_OK) == 0 ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path()) / ("failing_calls_test_" + std::to_string(getpid()));
    const SweepFolder folder{base / "sweep"};
};

TEST_P(FailingCalls, lose_nothing) {
    const std::string how = GetParam();
    ASSERT_EQ(write_with(0, "0"), 0);
    ASSERT_EQ(lines("written").size(), 10u);
    long calls = 0;
    std::ifstream(base / "count") >> calls;
    ASSERT_GT(calls, 100);
    expect_whole();
    for (long at = 1; at <= calls; ++at) {
        const int status = write_with(at, how);
        if (how == "kill" || how == "half") {
            EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        } else {
            EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
            EXPECT_TRUE(lines("written").size() == 10 || !lines("said").empty()) << "something was not written, and nothing was said";
        }
        expect_whole();
        if (HasFailure()) {
            std::ostringstream said;
            said << std::ifstream(base / "said").rdbuf();
            FAIL() << how << " at call " << at << " of " << calls << "\n" << said.str();
        }
    }
    std::cout << calls << " calls, each in turn: " << how << '\n';
}

static_assert(ENOSPC == 28 && EIO == 5);
INSTANTIATE_TEST_SUITE_P(InTurn, FailingCalls, testing::Values("kill", "half", "28", "5", "-28"));

}  // namespace
}  // namespace overtake
