// The files that users start from parse and are what the READMEs promise.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "sweeps/counts.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

const std::filesystem::path examples = std::filesystem::path(OVERTAKE_SOURCE_DIR) / "sweeps/examples";

TEST(Examples, EveryExampleParses) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        if (entry.path().extension() == ".toml") {
            ++files;
            EXPECT_GT(load_specification(entry.path()).trials.size(), 0u) << entry.path();
        }
    }
    EXPECT_GE(files, 4u);
}

TEST(Examples, TheZooAndTheSyntheticLanguageHaveEveryScheme) {
    std::set<std::string> schemes;
    for (const SchemeInfo& info : position_schemes()) {
        if (info.kind == SchemeKind::hand_made || info.kind == SchemeKind::learned) {
            schemes.insert(std::string(info.name));
        }
    }
    for (const char* file : {"zoo.toml", "synthetic.toml"}) {
        std::set<std::string> missing = schemes;
        const Specification all = load_specification(examples / file);
        for (const TrialConfig& trial : all.trials) {
            missing.erase(trial.position.scheme);
        }
        for (const std::string& name : missing) {
            ADD_FAILURE() << "\"" << name << "\" is not in sweeps/examples/" << file
                          << " (every scheme that can be trained is); add it to `position`";
        }
        EXPECT_EQ(all.cluster.ranks, 2);
    }
}

TEST(Examples, TheFilesOfTheReadmeParse) {
    std::ifstream in(std::filesystem::path(OVERTAKE_SOURCE_DIR) / "sweeps/README.md");
    std::vector<std::string> files;
    for (std::string line; std::getline(in, line);) {
        if (line == "    [sweep]") {
            files.emplace_back();
        }
        if (line.starts_with("    ") && !files.empty()) {
            files.back() += line.substr(4) + "\n";
        } else if (!files.empty() && line.starts_with("Sizes are")) {
            break;
        }
    }
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(parse_specification(files[0], "README.md").trials.size(), 1u);
    EXPECT_EQ(parse_specification(files[1], "README.md").trials.size(), 216u);  // 5 x 2 x 3 x 3 x 4, less the 3 x 2 x 2 x 3 x 4 excluded
}

TEST(Examples, TheQuickstartIsWhatTheReadmePromises) {
    const Specification specification = load_specification(examples / "quickstart.toml");
    const StageForest forest = grow_forest(specification.trials);
    EXPECT_GE(forest.trials.size(), 96u);
    std::set<std::string> sizes;
    double fewest = 1e18, most = 0, alone = 0, shared = 0;
    for (const Trial& trial : forest.trials) {
        const auto parameters =
            static_cast<double>(count_parameters(trial.config.model, trial.config.position, 128).backbone);
        sizes.insert(trial.config.size);
        fewest = std::min(fewest, parameters);
        most = std::max(most, parameters);
        alone += static_cast<double>(trial.config.tokens());
        EXPECT_GE(trial.config.total_steps, 50);
        EXPECT_EQ(trial.config.training.train_length, 128);
    }
    for (const Stage& stage : forest.stages) {
        shared += is_training(stage.kind) ? static_cast<double>(stage.tokens) : 0;
    }
    EXPECT_GE(sizes.size(), 4u);
    EXPECT_GE(std::log10(most / fewest), 1.2);
    EXPECT_GE(1 - shared / alone, 0.30);
    EXPECT_LE(shared, 20e6);
}

}  // namespace
}  // namespace overtake
