// A sweep with [tune] from its file to its results, by `overtake run` on two ranks: it is tuned, checked, and never tuned again; the
// grid has the choices, and nothing that chose is scored.
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "sweeps/remembered_data.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

const std::string sections = R"([sweep]
name = "tuned"
[data]
corpus = "files"
shards = ["text.txt"]
[optimizer]
learning_rate = 0.005
[schedule]
warmup = "4 steps"
[training]
batch_tokens = 128
[evaluation]
tokens = 512
[tune]
size = ["1x8", "1x16"]
tokens = ["1k", "2k"]
learning_rate_multipliers = [0.5, 1, 2]
widenings = 1
check_seeds = [2000, 2001]
[grid]
size = "1x16"
tokens = ["1k", "2k"]
train_length = 32
position = ["rope", "learned"]
seed = [0, 1]
)";

using Times = std::map<std::filesystem::path, std::filesystem::file_time_type>;

class TunedSweep : public testing::Test {
  protected:
    TunedSweep() : base_{std::filesystem::temp_directory_path() / ("overtake-tuned-sweep-" + std::to_string(getpid()))}, folder_{base_ / "sweep"} {
        std::filesystem::create_directories(base_);
        std::string text;
        for (unsigned i = 0, state = 1; i < 30000; ++i) {
            state = state * 1103515245U + 12345U;
            text += static_cast<char>('a' + (state >> 16) % 7) + std::string(i % 3 == 0 ? " " : "");
        }
        write_aside(base_ / "text.txt", text);
        std::string toml = sections;
        toml.replace(toml.find("text.txt"), 8, (base_ / "text.txt").string());
        write_aside(base_ / "tuned.toml", toml);
        setenv("OVERTAKE_DATA", (base_ / "data").c_str(), 1);
        setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
        setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    }
    ~TunedSweep() override { std::filesystem::remove_all(base_); }

    int run() const {
        const std::string command = std::string(OVERTAKE) + " run " + (base_ / "tuned.toml").string() + " --in " + folder_.root.string() +
                                    " --ranks 2 --quiet >> " + (base_ / "words.txt").string() + " 2>&1";
        return std::system(command.c_str());
    }

    std::string words() const {
        std::ifstream in(base_ / "words.txt");
        return {std::istreambuf_iterator<char>(in), {}};
    }

    Times records() const {
        Times times;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.root)) {
            if (entry.path().filename() == "record.h5") {
                times.emplace(entry.path(), entry.last_write_time());
            }
        }
        return times;
    }

    std::filesystem::path base_;
    SweepFolder folder_;
};

std::set<std::string> stages_on_part(const Results& results, const std::string& part) {
    std::set<std::string> ids;
    for (const StageRecord& stage : results.stages) {
        ids.insert(stage.id);
        if (stage.kind == "evaluate") {
            EXPECT_NE(stage.text.find("evaluation.heldout=" + part + "\n"), std::string::npos) << stage.text;
        }
    }
    return ids;
}

TEST_F(TunedSweep, IsTunedOnceAndScoredApart) {
    ASSERT_EQ(run(), 0) << words();
    const Specification specification = load_specification(folder_.specification(), data_of(folder_));
    ASSERT_TRUE(specification.tuning.has_value());
    EXPECT_EQ(specification.tuning->phase, TuningPhase::tuned);
    ASSERT_EQ(specification.tuning->choices.size(), 2u);
    EXPECT_EQ(specification.tuning->checks.size(), 4u) << "2 schemes, 2 budgets";
    for (const TunedChoice& choice : specification.tuning->choices) {
        EXPECT_GE(choice.trials, 36) << "3 rates, 3 knobs, 2 sizes, 2 budgets";
    }

    const Results results = read_results(folder_.results());
    EXPECT_TRUE(validate_results(folder_.results()).empty());
    ASSERT_EQ(results.trials.size(), 8u);
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        const TrialResult& trial = results.trials[i];
        const OptimizerConfig& optimizer = specification.trials[i].optimizer;
        const TunedChoice* choice = find_choice(specification.tuning->choices, specification.trials[i].position);
        ASSERT_NE(choice, nullptr);
        EXPECT_EQ(trial.status, TrialStatus::done);
        EXPECT_LT(trial.seed, 2);
        EXPECT_EQ(trial.tuning, choice->untuned() ? "untuned" : "tuned");
        const double rule = choice->rate * std::pow(static_cast<double>(trial.parameters.backbone) / choice->reference_parameters, choice->exponent);
        EXPECT_NEAR(optimizer.learning_rate / (*optimizer.untuned_learning_rate * rule), 1, 1e-3);
    }
    const std::set<std::string> scored = stages_on_part(results, "scoring");
    for (const std::filesystem::path& chose : {folder_.root / "tuning", folder_.root / "tuning" / "check"}) {
        for (const std::string& id : stages_on_part(read_results(SweepFolder{chose}.results()), "tuning")) {
            EXPECT_FALSE(scored.contains(id)) << "a run that chose is scored";
        }
    }

    const Times before = records();
    ASSERT_EQ(run(), 0) << words();
    EXPECT_EQ(records(), before) << "nothing runs again, nothing new does";
    EXPECT_NE(words().find("8 of 8 trials finished"), std::string::npos) << words();
}

}  // namespace
}  // namespace overtake
