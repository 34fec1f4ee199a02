// Cost in measured seconds: what training took where nothing else ran beside it.
#pragma once

#include <string>
#include <vector>

#include "analysis/observations.hpp"

namespace overtake {

/// Wall seconds times ranks of the trial's stages but evaluations. 0 (not known) unless every one was done at its first attempt with no other team on its host, since
/// a shared host is slower and a second attempt repeats work.
double solo_seconds(const TrialResult& trial, const Results& results);

/// "GPU seconds" if all of `results` ran on GPUs, else "rank seconds".
std::string seconds_unit(const Results& results);

/// The points with C in seconds: as measured alone, and where a trial wasn't, by its scheme's cost law (frontier.hpp) over those that were, whose error is flagged like that of
/// counted FLOPs. A scheme with fewer than 6 timed trials or 3 timed sizes is left out. Adds to left_out and remarks. Throws ConfigError if no scheme is left.
void count_in_seconds(ObservationSet& set);

}  // namespace overtake
