// From a gap with its band and crossings to what may be claimed.
#pragma once

#include "analysis/crossover.hpp"

namespace overtake {

/// Fills relation, verdict, leader_in_range, reason, p_value and `established` of every crossing. `beyond` is the band from the start of
/// the data to the horizon.
void decide(Comparison& comparison, const GapBand& beyond);

}  // namespace overtake
