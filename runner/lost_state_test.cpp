// What stages can't read: a state that is damaged is computed again, and a corpus that is out of reach fails no stage, for a while or for good.
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
restarts = 3
checkpoint_every = "0.05s"
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

    /// One bit in the middle of the file, where its arrays lie: its header stays whole.
    static void flip(const std::filesystem::path& file) {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        const auto at = static_cast<std::streamoff>(std::filesystem::file_size(file) / 2);
        bytes.seekg(at);
        const char byte = static_cast<char>(bytes.get());
        bytes.seekp(at);
        bytes.put(static_cast<char>(byte ^ 1));
    }

    /// The corpus' tokens go out of reach; what says that they are prepared stays.
    std::filesystem::path tokens() const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(base / "data")) {
            if (entry.path().filename().string().starts_with("tokens")) {
                return entry.path();
            }
        }
        return {};
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("lost_state_test_" + std::to_string(getpid()));
    const std::filesystem::path words_file = base / "words.txt";
    const SweepFolder folder{base / "sweep"};
};

TEST_F(LostState, without_a_header_is_computed_again_at_once) {
    ASSERT_EQ(run_short(), 0) << words();
    const std::string trunk = first_trunk("rope");
    for (const auto& state : {folder.state(trunk), folder.previous_state(trunk)}) {
        write_aside(state, "no state");
    }
    EXPECT_EQ(run_long(), 0) << words();
    EXPECT_EQ(words().find("restart 1"), std::string::npos) << words();
    expect_undisturbed();
}

TEST_F(LostState, with_a_wrong_bit_is_put_aside_and_computed_again) {
    ASSERT_EQ(run_short(), 0) << words();
    const std::string trunk = first_trunk("rope");
    ASSERT_TRUE(std::filesystem::exists(folder.previous_state(trunk))) << "a good one, on the way";
    flip(folder.state(trunk));
    EXPECT_EQ(run_long(), 0) << words();
    EXPECT_NE(words().find("was put aside; it is computed again"), std::string::npos) << words();
    EXPECT_TRUE(std::filesystem::exists(folder.state(trunk).string() + ".damaged"));
    expect_undisturbed();
}

using LostCorpus = LostState;

TEST_F(LostCorpus, for_a_while_fails_nothing) {
    ASSERT_EQ(run_short(), 0) << words();
    const std::filesystem::path file = tokens(), away = base / "away";
    ASSERT_FALSE(file.empty());
    std::filesystem::rename(file, away);
    std::thread back([&] {
        EXPECT_TRUE(wait_until([&] { return words().find("restart 2 of at most") != std::string::npos; }, 60)) << words();
        std::filesystem::rename(away, file);
    });
    EXPECT_EQ(run_long(), 0) << words();
    back.join();
    expect_undisturbed();
}

TEST_F(LostCorpus, for_good_stops_the_sweep_and_fails_nothing) {
    ASSERT_EQ(run_short(), 0) << words();
    const std::filesystem::path file = tokens(), away = base / "away";
    ASSERT_FALSE(file.empty());
    std::filesystem::rename(file, away);
    for (int life = 1; life <= 3; ++life) {
        EXPECT_EQ(run_long(), 75) << words();
        EXPECT_NE(words().find("The place is to blame, not the stages"), std::string::npos) << words();
    }
    std::filesystem::rename(away, file);
    EXPECT_EQ(run_long(), 0) << words();
    expect_undisturbed();
}

}  // namespace
}  // namespace overtake
