// overtake simulate.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/schedule/coordinator.hpp"
#include "sweeps/specification.hpp"

namespace overtake {

/// A sweep as it stands, and how fast its stages are taken to be.
struct SweepToSimulate {
    Specification specification;
    StageForest forest;
    std::vector<StageStart> start;      // per stage of the forest
    ThroughputDefaults throughput;
    std::string source;                 // in words: where the rates come from
};

/// `sweep` is a TOML file or a sweep folder, `folder` the one that belongs to a file, or empty; `flops_per_second` of one rank is what the user
/// states, or 0. cluster/launch knows the answer; this folder may not know that one, so overtake.cpp hands it in.
using LookAtSweepToSimulate = std::function<SweepToSimulate(const std::string& sweep, const std::string& folder, double flops_per_second)>;

/// simulate SWEEP.toml|DIR --gpus N [...]: README.md lists the options.
int simulate_verb(const std::vector<std::string>& arguments, const LookAtSweepToSimulate& look);

}  // namespace overtake
