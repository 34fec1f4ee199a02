// A stage whose ranks are all killed at width 2 goes on at width 1 and ends with the bits of one that nobody disturbed.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "runner/data/token_source.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

bool wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

/// mpirun with overtake-train in a sweep folder. What they say goes into the folder's words.txt.
class Launch {
  public:
    Launch(const SweepFolder& folder, int ranks) : words_(folder.root / "words.txt") {
        const std::string count = std::to_string(ranks), root = folder.root.string(), words = words_.string();
        launcher_ = fork();
        if (launcher_ == 0) {
            const int out = open(words.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
            dup2(out, STDOUT_FILENO);
            dup2(out, STDERR_FILENO);
            setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
            setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
            setenv("OMP_NUM_THREADS", "1", 1);
            execlp("mpirun", "mpirun", "--oversubscribe", "--bind-to", "none", "-n", count.c_str(), OVERTAKE_TRAIN, root.c_str(),
                   static_cast<char*>(nullptr));
            _exit(127);
        }
    }
    ~Launch() {
        if (launcher_ > 0) {
            kill(launcher_, SIGKILL);
            (void)wait();
        }
    }
    Launch(const Launch&) = delete;

    bool is_over() {
        siginfo_t info{};
        return waitid(P_PID, static_cast<id_t>(launcher_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == launcher_;
    }

    /// Exit status of mpirun, as waitpid gives it.
    int wait() {
        int status = 0;
        waitpid(launcher_, &status, 0);
        launcher_ = 0;
        return status;
    }

    void kill_ranks() const {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            std::ifstream file(entry.path() / "stat");
            pid_t process = 0, parent = 0;
            std::string name, state;
            if (file >> process >> name >> state >> parent && parent == launcher_ && name == "(overtake-train)") {
                kill(process, SIGKILL);
            }
        }
    }

    /// The first assignment that rank 0 told of; its stage is empty if there was none.
    AssignedLine first_assignment() const {
        std::ifstream file(words_);
        for (std::string line; std::getline(file, line);) {
            if (const auto told = parse_run_line(line); told && std::holds_alternative<AssignedLine>(*told)) {
                return std::get<AssignedLine>(*told);
            }
        }
        return {};
    }

    std::string words() const {
        std::ostringstream text;
        text << std::ifstream(words_).rdbuf();
        return text.str();
    }

  private:
    std::filesystem::path words_;
    pid_t launcher_ = 0;
};

class KilledStage : public testing::Test {
  protected:
    KilledStage() {
        DataConfig data;
        data.corpus = "synthetic";
        data.folder = (base / "data").string();
        (void)TokenSource::open(data);
    }
    ~KilledStage() override { std::filesystem::remove_all(base); }

    SweepFolder folder(const std::string& name) const {
        const SweepFolder made{base / name};
        write_aside(made.specification(), R"(
[sweep]
name = "killed"
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
checkpoint_every = "0.01s"
[grid]
size = "1x16"
tokens = 307200
position = "learned-rope"
train_length = 32
)");
        return made;
    }

    static void finish(const SweepFolder& folder) {
        const Specification specification = load_specification(folder.specification(), data_of(folder));
        EXPECT_EQ(collect_results(folder, specification, grow_forest(specification.trials)), 1u);
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("killed_stage_test_" + std::to_string(getpid()));
};

TEST_F(KilledStage, goes_on_at_another_width_with_the_same_bits) {
    const SweepFolder undisturbed = folder("undisturbed"), killed = folder("killed");
    {
        Launch launch(undisturbed, 1);
        ASSERT_EQ(launch.wait(), 0) << launch.words();
    }
    const Stage trunk = grow_forest(load_specification(killed.specification(), data_of(killed)).trials).stages.front();
    ASSERT_EQ(trunk.end_step, 480);

    // On a busy machine the stage may be over before the signal comes; then that was no kill in its middle.
    const auto was_killed = [&] { return !std::filesystem::exists(killed.record(trunk.id)); };
    for (int tries = 0; tries == 0 || (!was_killed() && tries < 10); ++tries) {
        std::filesystem::remove_all(killed.stages());
        Launch launch(killed, 2);
        ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(killed.state(trunk.id)) || launch.is_over(); })) << launch.words();
        launch.kill_ranks();
        launch.wait();
        EXPECT_EQ(launch.first_assignment().stage, trunk.id) << launch.words();
        EXPECT_EQ(launch.first_assignment().team, (std::vector<int>{0, 1})) << launch.words();
    }
    ASSERT_TRUE(was_killed());
    const std::optional<LoadedState> left = read_state(killed, trunk.id);
    ASSERT_TRUE(left);
    EXPECT_GT(left->state.step, 0);
    EXPECT_LT(left->state.step, trunk.end_step);
    {
        Launch launch(killed, 1);
        ASSERT_EQ(launch.wait(), 0) << launch.words();
        EXPECT_EQ(launch.first_assignment().stage, trunk.id);
        EXPECT_EQ(launch.first_assignment().step, left->state.step);
    }
    finish(undisturbed);
    finish(killed);
    const ResultsDifference difference = compare_results(undisturbed.results(), killed.results());
    EXPECT_EQ(difference.differences, std::vector<std::string>{});
    EXPECT_EQ(difference.curve_points_compared, 60u);
    EXPECT_EQ(difference.evaluations_compared, 1u);
}

}  // namespace
}  // namespace overtake
