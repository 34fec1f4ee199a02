// The trials that speak for a scheme where one size must.
#include "analysis/largest_trials.hpp"

#include <algorithm>

namespace overtake {

std::vector<SchemeTrials> largest_trials(const Results& results) {
    std::vector<SchemeTrials> found;
    const auto size_of = [](const TrialResult& trial) { return std::pair{trial.parameters.backbone, trial.tokens}; };
    for (const TrialResult& trial : results.trials) {
        if (trial.status != TrialStatus::done) {
            continue;
        }
        auto entry = std::find_if(found.begin(), found.end(), [&](const SchemeTrials& known) { return known.scheme == trial.scheme; });
        if (entry == found.end()) {
            found.push_back({trial.scheme, {}});
            entry = found.end() - 1;
        }
        if (!entry->by_seed.empty() && size_of(trial) > size_of(*entry->by_seed.front())) {
            entry->by_seed.clear();
        }
        if (entry->by_seed.empty() || size_of(trial) == size_of(*entry->by_seed.front())) {
            entry->by_seed.push_back(&trial);
        }
    }
    return found;
}

}  // namespace overtake
