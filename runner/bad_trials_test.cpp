// A sweep in which four trials go wrong in four ways: one kills its rank each time, one hangs each time, one diverges and one has not the
// memory. All others finish, and the four are recorded as what they are.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sweeps/remembered_data.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

using Clock = std::chrono::steady_clock;

/// Address sanitizers take all addresses there are, and CUDA many: there no trial can lack memory alone.
#if defined(__SANITIZE_ADDRESS__) || defined(OVERTAKE_WITH_CUDA)
constexpr bool memory_can_be_limited = false;
#else
constexpr bool memory_can_be_limited = true;
#endif
constexpr rlim_t memory_of_a_rank = rlim_t{3} << 30;  // the libraries map 1 GB, the large trial needs 3 GB

constexpr const char* learning_rate_that_diverges = "1e4";  // times the weight decay it is far above 2: weights change sign and grow in every step

std::string sweep_text(const std::filesystem::path& data) {
    std::string text = R"(
[sweep]
name = "bad-trials"
[data]
corpus = "synthetic"
folder = ")" + data.string() + R"("
[optimizer]
learning_rate = 0.01
weight_decay = 10
[schedule]
warmup = "10 steps"
[training]
batch_tokens = 512
shards = 1
log_every = 10
[evaluation]
lengths = [32]
tokens = 1024
[cluster]
ranks = 2
max_width = 1
checkpoint_every = "2s"
[grid]
tokens = 512000
position = ["rope", "alibi", "learned", "none"]
train_length = 32
seed = [0, 1]
[[grid.zip]]
size = ["1x16", "1x16", "10x1024"]
learning_rate_multiplier = [1, )" + std::string(learning_rate_that_diverges) + R"(, 1]
)";
    const auto leave_out = [&](const std::string& size, const std::string& rate, const std::string& what) {
        text += "[[grid.exclude]]\nsize = \"" + size + "\"\nlearning_rate_multiplier = " + rate + "\n" + what + "\n";
    };
    for (const std::string scheme : {"rope", "alibi", "learned", "none"}) {
        if (scheme != "rope") {
            leave_out("1x16", learning_rate_that_diverges, "position = \"" + scheme + "\"");
        }
        if (scheme != "alibi" || !memory_can_be_limited) {
            leave_out("10x1024", "1", "position = \"" + scheme + "\"");
        }
    }
    leave_out("1x16", learning_rate_that_diverges, "seed = 1");
    leave_out("10x1024", "1", "seed = 1");
    return text;
}

/// What came of a trial, by what is recorded of it.
std::string in_words(TrialStatus status, const std::string& reason) {
    const auto failed_as = [&](std::string_view words) { return status == TrialStatus::failed && reason.starts_with(words); };
    return status == TrialStatus::done                                                                    ? "done"
           : status == TrialStatus::diverged && reason.starts_with("loss or gradient is not finite")      ? "diverged"
           : failed_as("out of memory (")                                                                 ? "out of memory"
           : failed_as("its ranks died 3 times without passing step ")                                   ? "killed its rank"
           : failed_as("its ranks hung 3 times without passing step ")                                   ? "hung"
                                                                                                          : reason;
}

struct Rank {
    pid_t process = 0;
    int number = -1;
};

/// The ranks of the sweep in `folder` that live now.
std::vector<Rank> ranks_of(const SweepFolder& folder) {
    std::vector<Rank> ranks;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream name(entry.path() / "comm"), words(entry.path() / "cmdline"), variables(entry.path() / "environ");
        std::string comm, line, all;
        std::getline(name, comm);
        if (comm != "overtake-train" || !std::getline(words, line) || line.find(folder.root.string()) == std::string::npos) {
            continue;
        }
        for (std::string variable; std::getline(variables, variable, '\0');) {
            if (variable.starts_with("OMPI_COMM_WORLD_RANK=")) {
                ranks.push_back({static_cast<pid_t>(std::stol(entry.path().filename())), std::stoi(variable.substr(21))});
            }
        }
    }
    return ranks;
}

class BadTrials : public testing::Test {
  protected:
    ~BadTrials() override {
        if (supervisor > 0) {
            kill(supervisor, SIGKILL);
            waitpid(supervisor, nullptr, 0);
        }
        for (const Rank& rank : ranks_of(folder)) {
            kill(rank.process, SIGKILL);
        }
        std::filesystem::remove_all(base);
    }

    void start() {
        write_aside(base / "sweep.toml", sweep_text(base / "data"));
        supervisor = fork();
        if (supervisor == 0) {
            setenv("OVERTAKE_HANG_SECONDS", "1.5", 1);
            const rlimit memory{memory_of_a_rank, memory_of_a_rank};
            if (memory_can_be_limited) {
                setrlimit(RLIMIT_AS, &memory);
            }
            execl(OVERTAKE, "overtake", "run", (base / "sweep.toml").c_str(), "--in", folder.root.c_str(), "--quiet", static_cast<char*>(nullptr));
            _exit(127);
        }
    }

    std::string log() const {
        std::ostringstream text;
        text << std::ifstream(folder.log()).rdbuf();
        return text.str();
    }

    /// How often the log says that the stage was begun, and on which rank the last time.
    std::pair<int, int> begun(const std::string& stage) const {
        std::istringstream lines(log());
        int times = 0, rank = -1;
        for (std::string line; std::getline(lines, line);) {
            if (line.find("stage " + stage + " from step ") != std::string::npos) {
                ++times;
                rank = std::stoi(line.substr(line.rfind(' ') + 1));
            }
        }
        return {times, rank};
    }

    void send(int number, int signal) const {
        for (const Rank& rank : ranks_of(folder)) {
            if (rank.number == number) {
                kill(rank.process, signal);
            }
        }
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("bad_trials_test_" + std::to_string(getpid()));
    const SweepFolder folder{base / "sweep"};
    pid_t supervisor = 0;
};

TEST_F(BadTrials, are_recorded_as_what_they_are_and_all_others_finish) {
    start();
    std::string poison, hang;  // the first stages of two trials
    int kills = 0, seen = 0, stops = 0, status = 0;
    Clock::time_point begun_at;
    const auto deadline = Clock::now() + std::chrono::seconds(150);
    while (waitpid(supervisor, &status, WNOHANG) != supervisor) {
        ASSERT_LT(Clock::now(), deadline) << log();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        if (poison.empty() && std::filesystem::exists(folder.specification())) {
            for (const Trial& trial : grow_forest(load_specification(folder.specification(), data_of(folder)).trials).trials) {
                const bool is_healthy = trial.config.seed == 0 && trial.config.optimizer.learning_rate_multiplier == 1;
                if (is_healthy && trial.config.position.scheme == "learned") {
                    poison = trial.path.front();
                } else if (is_healthy && trial.config.position.scheme == "none") {
                    hang = trial.path.front();
                }
            }
        }
        if (const auto [lives, victim] = begun(poison); !poison.empty() && lives > kills) {
            kills = lives;
            send(victim, SIGKILL);
        }
        // In the middle of its steps: setting up is given ten times the patience.
        const auto [times, rank] = hang.empty() ? std::pair(0, -1) : begun(hang);
        if (times > seen) {
            seen = times;
            begun_at = Clock::now();
        }
        if (seen > stops && Clock::now() > begun_at + std::chrono::milliseconds(250)) {
            stops = seen;
            send(rank, SIGSTOP);
        }
    }
    supervisor = 0;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << log();
    std::map<std::string, int> came_to;
    for (const auto& trial : read_results(folder.results()).trials) {
        came_to[in_words(trial.status, trial.reason)] += 1;
    }
    std::map<std::string, int> expected{{"done", 6}, {"diverged", 1}, {"killed its rank", 1}, {"hung", 1}};
    if (memory_can_be_limited) {
        expected["out of memory"] = 1;
    }
    EXPECT_EQ(came_to, expected) << log();
}

}  // namespace
}  // namespace overtake
