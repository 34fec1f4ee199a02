// A finished stage whose state its children can't read: damaged, it is computed again; out of reach for a while, nothing fails; out of reach for
// good, its children fail with the reason and all others finish.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "runner/wait_until_test.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

class LostState : public testing::Test {
  protected:
    ~LostState() override { std::filesystem::remove_all(base); }

    /// Exit code of `overtake run` on trunks of these lengths, which share their beginning.
    int run(const SweepFolder& where, const std::string& tokens) const {
        write_aside(base / "sweep.toml", R"(
[sweep]
name = "lost"
[data]
corpus = "synthetic"
folder = ")" + (base / "data").string() + R"("
[training]
batch_tokens = 512
shards = 2
log_every = 10
[evaluation]
lengths = [32]
tokens = 1024
[cluster]
ranks = 2
max_width = 1
keep = "trunks"
[grid]
size = "1x16"
position = ["rope", "learned"]
train_length = 32
tokens = )" + tokens + "\n");
        const std::string command = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 '" OVERTAKE "' run '" + (base / "sweep.toml").string() +
                                    "' --in '" + where.root.string() + "' >'" + words_file.string() + "' 2>&1";
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    int run_short() const { return run(folder, "[51200]"); }
    int run_long() const { return run(folder, "[51200, 153600]"); }

    std::string words() const {
        std::ostringstream text;
        text << std::ifstream(words_file).rdbuf();
        return text.str();
    }

    /// The stage of `scheme` from which the longer trunk goes on.
    std::string first_trunk(const std::string& scheme) const {
        for (const Stage& stage : grow_forest(load_specification(folder.specification(), data_of(folder)).trials).stages) {
            if (stage.parent.empty() && stage.kind == StageKind::train && stage.config.position.scheme == scheme) {
                return stage.id;
            }
        }
        return {};
    }

    void expect_undisturbed() const {
        const SweepFolder undisturbed{base / "undisturbed"};
        ASSERT_EQ(run(undisturbed, "[51200, 153600]"), 0) << words();
        const ResultsDifference difference = compare_results(undisturbed.results(), folder.results());
        EXPECT_EQ(difference.differences, std::vector<std::string>{});
        EXPECT_EQ(difference.evaluations_compared, 4u);
    }

    /// Reading a folder is an error of the system, as of a disk that is away, not of what lies there.
    void put_out_of_reach(const std::string& stage) const {
        std::filesystem::rename(folder.state(stage), base / "kept.h5");
        std::filesystem::remove(folder.previous_state(stage));
        std::filesystem::create_directory(folder.state(stage));
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("lost_state_test_" + std::to_string(getpid()));
    const std::filesystem::path words_file = base / "words.txt";
    const SweepFolder folder{base / "sweep"};
};

TEST_F(LostState, that_is_damaged_is_computed_again) {
    ASSERT_EQ(run_short(), 0) << words();
    const std::string trunk = first_trunk("rope");
    ASSERT_TRUE(std::filesystem::exists(folder.state(trunk)));
    for (const auto& state : {folder.state(trunk), folder.previous_state(trunk)}) {
        write_aside(state, "no state");
    }
    EXPECT_EQ(run_long(), 0) << words();
    EXPECT_NE(words().find("it is computed again"), std::string::npos) << words();
    expect_undisturbed();
}

TEST_F(LostState, that_is_out_of_reach_for_a_while_fails_nothing) {
    ASSERT_EQ(run_short(), 0) << words();
    const std::string trunk = first_trunk("rope");
    put_out_of_reach(trunk);
    std::thread back([&] {
        EXPECT_TRUE(wait_until([&] { return words().find("can't go on (cannot start stage") != std::string::npos; }, 60)) << words();
        std::filesystem::remove(folder.state(trunk));
        std::filesystem::rename(base / "kept.h5", folder.state(trunk));
    });
    EXPECT_EQ(run_long(), 0) << words();
    back.join();
    EXPECT_NE(words().find("a strike for"), std::string::npos) << words();
    expect_undisturbed();
}

TEST_F(LostState, that_is_out_of_reach_for_good_fails_its_children_alone) {
    ASSERT_EQ(run_short(), 0) << words();
    put_out_of_reach(first_trunk("rope"));
    EXPECT_EQ(run_long(), 3) << words();
    int done = 0;
    for (const auto& trial : read_results(folder.results()).trials) {
        done += trial.status == TrialStatus::done ? 1 : 0;
        if (trial.status != TrialStatus::done) {
            EXPECT_NE(trial.reason.find("cannot start stage"), std::string::npos) << trial.reason;
            EXPECT_NE(trial.reason.find("the last of 3 deaths"), std::string::npos) << trial.reason;
        }
    }
    EXPECT_EQ(done, 3) << words();
}

}  // namespace
}  // namespace overtake
