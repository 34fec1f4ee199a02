// What [tune] chose for each scheme, what it cost, and what the check of the shared learning rate says, as tables of the report.
#pragma once

#include <optional>

#include "analysis/tables.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

/// One row a scheme, from the section [tuning] of the sweep text: the rule of its rate, its knob, curvature, what a cell's own rate
/// would gain, trials and FLOPs of the choice, flags. nullopt for a sweep that wasn't tuned.
std::optional<Table> tuning_table(const Results& results);

/// One row a scheme and budget: best other rate, its difference to the rule's rate with interval, verdict. nullopt if nothing was checked.
std::optional<Table> rate_check_table(const Results& results);

}  // namespace overtake
