// How a stage or a trial ended, in the words of the files.
#pragma once

#include <optional>
#include <string_view>

#include "sweeps/results/results_file.hpp"

namespace overtake {

std::string_view name_of(StageStatus status);
std::string_view name_of(TrialStatus status);
/// nullopt for any other word.
std::optional<StageStatus> find_stage_status(std::string_view name);
std::optional<TrialStatus> find_trial_status(std::string_view name);

}  // namespace overtake
