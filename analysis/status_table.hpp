// Which trials did not finish, and why.
#pragma once

#include <optional>

#include "analysis/tables.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

/// A row for each status and reason of trials that diverged or failed: how many, and of which schemes, sizes and seeds. nullopt if none did.
std::optional<Table> failure_table(const Results& results);

}  // namespace overtake
