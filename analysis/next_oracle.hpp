// What would be chosen by one who knew the laws: how much room a simulation leaves above a proposal.
#pragma once

#include <vector>

#include "analysis/next_search.hpp"
#include "analysis/planted_pairs.hpp"

namespace overtake {

/// Of the same candidates and under the same limits as a proposal, by the same search, but with the planted laws, the true correlation, residuals from the true laws, E
/// shared if it is, and the planted crossing as the only place that counts. Where the choice would leave the crossing's upper end beyond the horizon, the cheapest pair of
/// trials that carries the horizon there is taken first. An upper bound as far as the search is one: what it misses, a proposal misses too.
Choice choose_knowing(Study study, const PlantedPair& pair, double correlation, const std::vector<CandidateCell>& candidates, const NextOptions& options);

}  // namespace overtake
