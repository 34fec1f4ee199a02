// From stage records to what each trial has to show: pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sweeps/results/results_file.hpp"

namespace overtake {

/// Trials of the forest in grid order, judged by the records there are. A trial is done if its last stage is; diverged
/// or failed, with the reason, if a stage on its path ended so; else unfinished.
std::vector<TrialResult> judge_trials(const StageForest& forest, std::span<const StageRecord> stages);

/// Gives each trial the evaluations of its last stage, ascending in context length.
void attach_evaluations(std::vector<TrialResult>& trials, std::span<const StageRecord> stages);

/// "rope", "rope+yarn-x4" for an extension by factor 4, "rope+longrope-x4-evolution-tuned-2%" with a search and tuning. Options
/// of extension, search and tuning that aren't the default follow in brackets: the analysis tells schemes by this name.
std::string scheme_name(const TrialConfig& config);

/// "base=10000,yarn.factor=4": options of the scheme, then those of the extension after its name, of its search and its tuning.
std::string describe_options(const TrialConfig& config);

}  // namespace overtake
