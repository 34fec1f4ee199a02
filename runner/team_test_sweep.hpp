// For the tests of this folder: a small sweep whose stages the ranks of the test run themselves.
#pragma once

#include <filesystem>
#include <numeric>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "runner/stage_work.hpp"
#include "sweeps/data_manifest.hpp"

namespace overtake {

/// A folder that all ranks of the test agree on.
inline std::filesystem::path shared_folder(const std::string& name) {
    std::int64_t process = getpid();
    broadcast(ProcessGroup::world(), std::as_writable_bytes(std::span(&process, 1)), 0);
    return std::filesystem::temp_directory_path() / ("overtake-" + std::to_string(process)) / name;
}

/// Removes that folder after all tests.
class SharedFolderRemoval final : public testing::Environment {
    void TearDown() override {
        const std::filesystem::path folder = shared_folder("");
        barrier(ProcessGroup::world());
        if (ProcessGroup::world().rank() == 0) {
            std::filesystem::remove_all(folder);
        }
    }
};
inline const testing::Environment* const shared_folder_removal = testing::AddGlobalTestEnvironment(new SharedFolderRemoval);

struct SweepRun {
    static constexpr std::int64_t steps = 200;

    SweepFolder folder;
    Specification specification;
    StageForest forest;

    /// One trial of 200 steps in 4 shards on the synthetic corpus, which rank 0 prepares. `training` are lines of that
    /// section, `position` is as in a sweep file. Collective over all ranks.
    static SweepRun prepare(const std::string& name, const std::string& training, const std::string& position = "\"learned-rope\"") {
        const std::filesystem::path base = shared_folder("");
        DataConfig data;
        data.corpus = "synthetic";
        data.folder = (base / "data").string();
        if (ProcessGroup::world().rank() == 0) {
            (void)TokenSource::open(data);
        }
        barrier(ProcessGroup::world());
        const std::string text = "[sweep]\nname = \"small\"\n[data]\ncorpus = \"synthetic\"\nfolder = \"" + data.folder +
                                 "\"\n[training]\nbatch_tokens = 512\nshards = 4\nlog_every = 10\n" + training +
                                 "\n[evaluation]\nlengths = [32, 64, 70000]\ntokens = 2048\nsliding_stride = 16\n"
                                 "tasks = [\"copy\", \"induction\", \"recall\", \"context-gain\"]\ntask_samples = 5\n"
                                 "scored_blocks = 1\nscored_block = 8\n[grid]\nsize = \"1x16\"\ntokens = " +
                                 std::to_string(steps * 512) + "\nposition = " + position + "\ntrain_length = 32\nseed = 3\n";
        Specification specification = parse_specification(text, "small.toml", {.find_manifest = find_data_manifest});
        StageForest forest = grow_forest(specification.trials);
        return {{base / name}, std::move(specification), std::move(forest)};
    }

    /// The first `width` ranks as a team on the host. Only they may call.
    static Team team_of(int width) {
        std::vector<int> ranks(static_cast<std::size_t>(width));
        std::iota(ranks.begin(), ranks.end(), 0);
        return {.group = width == 1 ? ProcessGroup() : ProcessGroup::world().subgroup(ranks, 99), .device_group = {}};
    }

    /// Runs all stages of the path with the team; with `stop_in`, the first stage of that kind is stopped on its way.
    void go(const Team& team, at::Device device, std::optional<StageKind> stop_in = {}) const {
        for (const Stage& stage : forest.stages) {
            const bool stops = stop_in == stage.kind;
            std::int64_t polls = 0;
            const StageResult result = run_stage({.folder = folder, .specification = specification, .forest = forest, .stage = stage,
                                                  .team = team, .device = device,
                                                  .stop_asked = [&] { return stops && ++polls > 1; },
                                                  .report = {}});
            if (stops) {
                EXPECT_EQ(result.outcome, StageOutcome::stopped) << result.reason;
                EXPECT_LT(result.step, is_training(stage.kind) ? stage.end_step : stage.end_step + 1);
                break;
            }
            EXPECT_EQ(result.outcome, StageOutcome::done) << name_of(stage.kind) << ": " << result.reason;
        }
    }
};

}  // namespace overtake
