// The trials that speak for a scheme where one size must.
#pragma once

#include <string>
#include <vector>

#include "sweeps/results/results_file.hpp"

namespace overtake {

struct SchemeTrials {
    std::string scheme;
    std::vector<const TrialResult*> by_seed;  // into the results
};

/// Each scheme's largest done trials (most parameters, then most tokens), a trial a seed; schemes in the order of the grid.
std::vector<SchemeTrials> largest_trials(const Results& results);

}  // namespace overtake
