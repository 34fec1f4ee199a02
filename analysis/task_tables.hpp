// What trained models did on tasks, and what their position parameters became, as tables of the report.
#pragma once

#include <optional>

#include "analysis/tables.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

/// Held-out loss at every evaluation length, and of the targets beyond the train length alone: means over the seeds of each scheme's
/// largest trials. nullopt where only one length was evaluated.
std::optional<Table> length_table(const Results& results);

/// Means over the seeds of each scheme's largest trials (most parameters, then most tokens): one row for each task, length, depth or
/// lag and metric, a column a scheme. nullopt if no trial ran a task.
std::optional<Table> task_table(const Results& results);

/// The task "structure" of the same trials: a row for each scheme and number, its mean over seeds, how far the seeds lie apart, and the
/// range that chance gives. Numbers of single pairs, heads and lags are left to the file.
std::optional<Table> structure_table(const Results& results);

/// How much the seeds of a scheme agree on what they learned: the mean correlation, over pairs of seeds, of all numbers of single
/// pairs, heads and lags (frequencies as logarithms). Schemes with two seeds and three such numbers or more.
std::optional<Table> agreement_table(const Results& results);

}  // namespace overtake
