// What a search of an extension's factors needs of its trial.
#pragma once

#include <vector>

#include "sweeps/errors.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Shortest window [tokens] that a needle and some text around it are put in.
inline constexpr std::int64_t shortest_needle_window = 64;

/// What is wrong with the search of the trial's extension, which has a factor; empty if nothing is or there is none.
std::vector<Problem> find_search_problems(const TrialConfig& config);

}  // namespace overtake
