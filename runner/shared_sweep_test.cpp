// Three members of a job array over one sweep folder, with the environment that Slurm gives them: stages run once, whatever is killed or
// put to sleep, and the results are those of a run alone.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runner/wait_until_test.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/stage_lease.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

constexpr int members = 3;
constexpr int stages = 12;  // four schemes: trunk, cooldown, evaluation

const std::filesystem::path base = std::filesystem::temp_directory_path() / ("shared_sweep_test_" + std::to_string(getpid()));

const std::string toml = R"([sweep]
name = "shared"
[data]
corpus = "synthetic"
[training]
batch_tokens = 512
log_every = 10
[evaluation]
lengths = [32]
tokens = 2048
[cluster]
ranks = 1
checkpoint_every = "0.2s"
[grid]
size = "1x16"
tokens = "300k"
position = ["rope", "learned", "alibi", "none"]
train_length = 32
)";

/// `root` and all below it, as they are now.
std::vector<pid_t> family_of(pid_t root) {
    std::multimap<pid_t, pid_t> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "stat");
        pid_t id = 0, parent = 0;
        std::string name, state;
        if (file >> id >> name >> state >> parent) {
            children.emplace(parent, id);
        }
    }
    std::vector<pid_t> family{root};
    for (std::size_t i = 0; i < family.size(); ++i) {
        const auto [begin, end] = children.equal_range(family[i]);
        for (auto child = begin; child != end; ++child) {
            family.push_back(child->second);
        }
    }
    return family;
}

void signal_family(pid_t root, int signal) {
    for (const pid_t process : family_of(root)) {
        kill(process, signal);
    }
}

class SharedSweep : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
        setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
        setenv("OVERTAKE_DATA", (base / "data").c_str(), 1);
        write_aside(base / "shared.toml", toml);
        const std::string command = std::string(OVERTAKE) + " run " + (base / "shared.toml").string() + " --in " + (base / "calm").string() + " --quiet > /dev/null 2>&1";
        ASSERT_EQ(std::system(command.c_str()), 0);
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(base); }

    ~SharedSweep() override {
        for (const pid_t supervisor : supervisors) {
            if (supervisor > 0) {
                signal_family(supervisor, SIGKILL);
                waitpid(supervisor, nullptr, 0);
            }
        }
        std::filesystem::remove_all(folder.root);
    }

    void start(int member) {
        const pid_t child = fork();
        if (child == 0) {
            setenv("SLURM_JOB_ID", std::to_string(900 + member).c_str(), 1);
            setenv("SLURM_ARRAY_JOB_ID", "900", 1);
            setenv("SLURM_ARRAY_TASK_ID", std::to_string(member).c_str(), 1);
            setenv("OVERTAKE_LEASE_SECONDS", "3", 1);
            execl(OVERTAKE, "overtake", "run", (base / "shared.toml").c_str(), "--in", folder.root.c_str(), "--mpirun", "mpirun", "--quiet",
                  static_cast<char*>(nullptr));
            _exit(127);
        }
        supervisors[static_cast<std::size_t>(member)] = child;
    }

    int wait_for(int member) {
        pid_t& supervisor = supervisors[static_cast<std::size_t>(member)];
        int status = -1;
        const bool over = wait_until([&] { return waitpid(supervisor, &status, WNOHANG) == supervisor; }, 150);
        if (over) {
            supervisor = 0;
        }
        return over && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    SweepFolder of(int member) const { return {folder.root, std::to_string(member), "900_" + std::to_string(member) + ".0"}; }

    std::string log(int member) const {
        std::ostringstream text;
        text << std::ifstream(of(member).log()).rdbuf();
        return text.str();
    }
    std::string logs() const { return log(0) + log(1) + log(2); }

    /// How often each stage was begun, by anybody.
    std::map<std::string, int> begun() const {
        std::map<std::string, int> count;
        const std::string text = logs();
        const std::regex line("stage ([0-9a-f]+) from step");
        for (std::sregex_iterator match(text.begin(), text.end(), line); match != std::sregex_iterator(); ++match) {
            ++count[(*match)[1]];
        }
        return count;
    }
    int runs() const {
        int sum = 0;
        for (const auto& [stage, count] : begun()) {
            sum += count;
        }
        return sum;
    }

    /// A stage that the member works on and has a checkpoint of.
    std::string stage_held_by(int member) const {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(folder.stages(), error)) {
            const std::string stage = entry.path().filename().string();
            if (read_lease(folder, stage).is_of(of(member)) && std::filesystem::exists(folder.state(stage)) && !std::filesystem::exists(folder.record(stage))) {
                return stage;
            }
        }
        return "";
    }

    void expect_same_results() const {
        const std::string command =
            std::string(OVERTAKE) + " diff " + (base / "calm" / "results.h5").string() + " " + folder.results().string() + " > /dev/null";
        EXPECT_EQ(std::system(command.c_str()), 0) << logs();
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.root)) {
            const std::string name = entry.path().filename().string();
            const bool is_scrap = name.starts_with("pulse") || name.find(".new") != std::string::npos;
            EXPECT_FALSE(std::regex_match(name, std::regex("lease\\.[0-9]+")) || (is_scrap && !killed)) << entry.path();
        }
    }

    const SweepFolder folder{base / "sweep"};
    std::vector<pid_t> supervisors = std::vector<pid_t>(members);
    bool killed = false;
};

TEST_F(SharedSweep, is_done_once_by_three_members) {
    for (int member = 0; member < members; ++member) {
        start(member);
    }
    for (int member = 0; member < members; ++member) {
        EXPECT_EQ(wait_for(member), 0) << log(member);
    }
    EXPECT_EQ(begun().size(), static_cast<std::size_t>(stages));
    EXPECT_EQ(runs(), stages) << logs();
    for (int member = 0; member < members; ++member) {
        EXPECT_NE(log(member).find("from step"), std::string::npos) << "member " << member << " had no share";
    }
    expect_same_results();
}

TEST_F(SharedSweep, survives_the_loss_of_a_members_node) {
    for (int member = 0; member < members; ++member) {
        start(member);
    }
    std::string stage;
    ASSERT_TRUE(wait_until([&] { return !(stage = stage_held_by(1)).empty(); }, 100)) << logs();
    signal_family(supervisors[1], SIGKILL);
    killed = true;
    EXPECT_EQ(wait_for(0), 0) << log(0);
    EXPECT_EQ(wait_for(2), 0) << log(2);
    EXPECT_NE((log(0) + log(2)).find("taking over stage '" + stage + "' from member 1"), std::string::npos) << logs();
    EXPECT_EQ(begun().at(stage), 2);
    EXPECT_EQ(runs(), stages + 1) << logs();
    expect_same_results();
    waitpid(supervisors[1], nullptr, 0);
    start(1);
    EXPECT_EQ(wait_for(1), 0) << "nothing is left to do; its former lock is nobody's";
}

TEST_F(SharedSweep, gives_up_a_stage_that_was_taken_over_while_it_slept) {
    for (int member = 0; member < members; ++member) {
        start(member);
    }
    std::string stage;
    ASSERT_TRUE(wait_until([&] { return !(stage = stage_held_by(1)).empty(); }, 100)) << logs();
    signal_family(supervisors[1], SIGSTOP);
    ASSERT_TRUE(wait_until([&] { return (log(0) + log(2)).find("taking over stage '" + stage + "' from member 1") != std::string::npos; }, 100)) << logs();
    signal_family(supervisors[1], SIGCONT);
    for (int member = 0; member < members; ++member) {
        EXPECT_EQ(wait_for(member), 0) << log(member);
    }
    EXPECT_LE(runs(), stages + 2) << logs();
    expect_same_results();
}

}  // namespace
}  // namespace overtake
