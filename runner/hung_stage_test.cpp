// Signals to ranks. SIGSTOP: the launch is ended, the stage struck and resumed, and the sweep ends with all its trials. SIGTERM: they checkpoint and leave.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runner/wait_until_test.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

struct Process {
    pid_t id = 0, parent = 0;
    std::string name;
};

/// Those whose ancestor is `root`, in the order of their ids.
std::vector<Process> descendants(pid_t root) {
    std::vector<Process> all, found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "stat");
        Process process;
        std::string state;
        if (file >> process.id >> process.name >> state >> process.parent) {
            all.push_back(process);
        }
    }
    std::vector<pid_t> family{root};
    for (std::size_t i = 0; i < family.size(); ++i) {
        for (const Process& process : all) {
            if (process.parent == family[i]) {
                family.push_back(process.id);
                found.push_back(process);
            }
        }
    }
    return found;
}

class RanksOfASweep : public testing::Test {
  protected:
    ~RanksOfASweep() override {
        for (const Process& process : supervisor > 0 ? descendants(supervisor) : std::vector<Process>{}) {
            kill(process.id, SIGKILL);
        }
        if (supervisor > 0) {
            kill(supervisor, SIGKILL);
            waitpid(supervisor, nullptr, 0);
        }
        std::filesystem::remove_all(base);
    }

    /// A sweep of one trial on two ranks, in the middle of its steps.
    void start() {
        write_aside(base / "sweep.toml", R"(
[sweep]
name = "hung"
[data]
corpus = "synthetic"
folder = ")" + (base / "data").string() + R"("
[training]
batch_tokens = 512
shards = 4
log_every = 10
[evaluation]
lengths = [32]
tokens = 2048
[cluster]
ranks = 2
max_width = 2
checkpoint_every = "0.5s"
[grid]
size = "1x16"
tokens = 1024000
position = "rope"
train_length = 32
)");
        supervisor = fork();
        if (supervisor == 0) {
            setenv("OVERTAKE_HANG_SECONDS", "1.5", 1);
            execl(OVERTAKE, "overtake", "run", (base / "sweep.toml").c_str(), "--in", folder.root.c_str(), "--quiet", static_cast<char*>(nullptr));
            _exit(127);
        }
        ASSERT_TRUE(wait_until([&] { return log().find("from step 0 on 2 ranks") != std::string::npos; }, 60)) << log();
        for (const Process& process : descendants(supervisor)) {
            if (process.name == "(overtake-train)") {
                ranks.push_back(process.id);
            }
        }
        ASSERT_EQ(ranks.size(), 2u);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }

    int end() {
        int status = 0;
        EXPECT_TRUE(wait_until([&] { return waitpid(supervisor, &status, WNOHANG) == supervisor; }, 60)) << log();
        supervisor = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    std::string log() const {
        std::ostringstream text;
        text << std::ifstream(folder.log()).rdbuf();
        return text.str();
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("hung_stage_test_" + std::to_string(getpid()));
    const SweepFolder folder{base / "sweep"};
    pid_t supervisor = 0;
    std::vector<pid_t> ranks;
};

class HungStage : public RanksOfASweep, public testing::WithParamInterface<std::size_t> {};

TEST_P(HungStage, is_ended_and_resumed) {
    start();
    kill(ranks[GetParam()], SIGSTOP);
    const auto stopped = std::chrono::steady_clock::now();
    ASSERT_TRUE(wait_until([&] { return log().find(" hangs") != std::string::npos; }, 60)) << log();
    EXPECT_LT(std::chrono::steady_clock::now() - stopped, std::chrono::seconds(12)) << "ten times a second, which signs are apart, is the longest wait";
    EXPECT_EQ(end(), 0) << log();
    EXPECT_NE(log().find("a strike for"), std::string::npos) << log();
    const Results results = read_results(folder.results());
    ASSERT_EQ(results.trials.size(), 1u);
    EXPECT_EQ(results.trials[0].status, TrialStatus::done);
}

// As Slurm does with the tasks of a preempted job.
TEST_F(RanksOfASweep, that_get_SIGTERM_write_checkpoints_and_leave) {
    start();
    for (const pid_t rank : ranks) {
        kill(rank, SIGTERM);
    }
    EXPECT_EQ(end(), 75) << log();
    EXPECT_NE(log().find(" stopped at step "), std::string::npos) << log();
    EXPECT_EQ(log().find("a strike for"), std::string::npos) << log();
}

INSTANTIATE_TEST_SUITE_P(OfFirstAndOfAnotherRank, HungStage, testing::Values(0u, 1u));

}  // namespace
}  // namespace overtake
