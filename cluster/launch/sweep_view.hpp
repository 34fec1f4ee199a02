// A sweep as it stands: its specification, its stage forest, and what its folder says is done.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sweeps/results/records.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

struct SweepView {
    SweepFolder folder;                                   // need not exist
    Specification specification;
    StageForest forest;
    std::vector<std::optional<StageStatus>> status;       // per stage of the forest; nullopt: no record
};

/// `what` is a TOML file or a sweep folder. Without `folder` a file's folder is "sweep-<name>" in the current one.
/// Throws ConfigError for a bad file, IoError if nothing is there, or if the corpus at hand is not the one that the folder was begun on.
SweepView look_at_sweep(const std::filesystem::path& what, const std::filesystem::path& folder = {});

/// The same from text, for tests.
SweepView look_at_text(const std::string& toml, const std::string& source_name, const std::filesystem::path& folder);

}  // namespace overtake
