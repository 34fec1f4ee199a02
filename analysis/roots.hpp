// Where a gap changes sign as compute grows.
#pragma once

#include <functional>
#include <vector>

#include "analysis/frontier.hpp"

namespace overtake {

/// Gap in nats per token (challenger minus baseline) as a function of log10 C.
using GapFunction = std::function<double(double log10_flops)>;

/// A sign change of a gap. challenger_gains: the gap falls through 0, the challenger overtakes as compute grows.
struct Root {
    double log10_flops = 0;
    bool challenger_gains = true;
};

/// Sign changes in [low, high], ascending, found on a grid of 40 points a decade and bisected to 1e-10.
std::vector<Root> find_roots(const GapFunction& gap, double low, double high);

/// The same for challenger - baseline along paths. Two frontiers: their difference E + K_c C^-g_c - K_b C^-g_b turns once, where
/// g_c K_c C^-g_c = g_b K_b C^-g_b, hence at most one root on either side of that, and none is missed. Rays: on the grid. Paths on a counted cost: on a grid
/// of 12 points a decade, with a further point wherever the gap turns towards 0 between two, so that a pair of roots inside one step is seen.
std::vector<Root> path_roots(const PathLaw& baseline, const PathLaw& challenger, double low, double high);

}  // namespace overtake
