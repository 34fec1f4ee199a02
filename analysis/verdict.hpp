// From a gap with its band and crossings to what may be claimed.
#pragma once

#include "analysis/crossover.hpp"

namespace overtake {

/// Fills relation, verdict, leader_in_range, reason, p_value and `established` of every crossing. `beyond` is the band from the start of
/// the data to the horizon, `beyond_apart` the same with separate E (empty where there is no second answer): the p-value is the larger of both.
void decide(Comparison& comparison, const GapBand& beyond, const GapBand& beyond_apart = {});

}  // namespace overtake
