// How far up a proposal should go: whether to carry the horizon of claims with it.
#pragma once

#include <vector>

#include "analysis/next_search.hpp"

namespace overtake {

/// The cheapest candidate by both schemes, each at that compute or above; candidates.size() if there is none.
std::size_t cheapest_from(const std::vector<CandidateCell>& candidates, double log10_flops);

/// log10 of the highest compute at which a choice adds trials by both schemes: claims reach as far as both have data. -inf if it adds none.
double reach_of(const std::vector<CandidateCell>& candidates, const Choice& choice);

/// Of several choices the one that is expected to leave the shortest interval, on average over plausible crossings (log of its width). No claim goes beyond a decade
/// above the data, so each choice is made without, or with, one pair of trials first: the cheapest that lets claims reach the median, the upper quartile ... of the places
/// where the crossing may be. A place that a choice leaves beyond the horizon counts as an interval over everything that could have been reached. `about`: the estimate.
Choice choose_with_reach(const GapInformation& information, const Comparison& comparison, double about, const std::vector<CandidateCell>& candidates,
                         const NextOptions& options);

}  // namespace overtake
