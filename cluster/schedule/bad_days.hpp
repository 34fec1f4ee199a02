// Sweeps with everything against them, drawn from a seed, and what must hold of each all the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/schedule/simulated_sweep.hpp"

namespace overtake {

struct BadDay {
    StageForest forest;
    CoordinatorOptions options;
    Mishaps mishaps;
};

/// Up to 40 trials on 1 to 64 ranks; every thousandth seed (500, 1500 ...) has 2,000 trials on 4,096 ranks. Limits of
/// jobs are drawn so that a job can get on: one that never could is held by Slurm, not run for ever.
BadDay bad_day(std::uint64_t seed);

/// What the sweep broke, one sentence each; empty if it kept its promises: it finished; no stage ran on after it was
/// over, none under an attempt's number twice; each is done, failed, or below a failed one, in the numbers that the
/// sweep tells; none began before its parent was done; no rank was in two teams at once; teams were as wide as allowed;
/// no checkpoint was lost.
std::vector<std::string> broken_promises(const StageForest& forest, const CoordinatorOptions& options,
                                         const SimulatedSweep& sweep);

}  // namespace overtake
