// What would be chosen by one who knew the laws.
#include "analysis/next_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "analysis/next_reach.hpp"

namespace overtake {

Choice choose_knowing(Study study, const PlantedPair& pair, double correlation, const std::vector<CandidateCell>& candidates, const NextOptions& options) {
    for (SchemeLaw& s : study.schemes) {
        s.law = s.scheme == study.baseline ? pair.baseline : pair.challenger;
    }
    study.floor_shared = pair.baseline.E == pair.challenger.E;
    study.floor_left_out.clear();
    study.correlation.value = correlation;
    study.paired = correlation > 0;
    const std::size_t baseline = study.schemes[0].scheme == study.baseline ? 0 : 1;
    const GapInformation information(study, baseline, 1 - baseline, 0);
    const double crossing = pair.crossings.at(0);
    const double slope = information.path(1, pair.challenger).slope(crossing) - information.path(0, pair.baseline).slope(crossing);
    const std::vector<Target> target{{crossing, slope, information.gradient(crossing)}};
    const Comparison& comparison = study.comparisons.at(0);
    Choice best = choose_trials(information, target, candidates, options, candidates.size());
    const double half_width = std::exp(best.log_reach[0]) / std::abs(slope), wanted = crossing + half_width - comparison.options.horizon_decades;
    if (std::max(comparison.high_log10_flops, reach_of(candidates, best)) < wanted) {
        best = choose_trials(information, target, candidates, options, cheapest_from(candidates, wanted));
    }
    return best;
}

}  // namespace overtake
