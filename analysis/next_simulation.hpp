// Simulated studies that are continued as proposed, by random cells, by the next larger row, or as if the laws were known; at equal FLOPs or with fewer for the proposal.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "analysis/next_cells.hpp"
#include "analysis/planted_pairs.hpp"

namespace overtake {

struct NextSimulation {
    PlantedPair pair = planted_pair("inside");
    std::vector<double> sizes{1e7, 2e7, 5e7, 1e8};   // of the start; the next row is at `next_size`
    std::vector<double> ratios{5, 20, 80};
    int seeds = 2;
    double next_size = 2e8;
    double noise = 0.003, correlation = 0.8;
    double row_share = 1;      // FLOPs of all ways, over those of the next row; the row itself is run if this is 1
    double next_share = 1;     // FLOPs of the proposal, over those of the other ways
    int seeds_per_cell = 32;
    int studies = 200;
    std::uint64_t seed = 1;
    bool oracle = false;       // also continue as if the laws were known (choose_knowing)
    int threads = 0;
};

enum class Continuation { none, proposed, random, row, oracle };
inline constexpr std::array<std::string_view, 5> continuation_names{"start", "next", "random", "row", "oracle"};

/// Of one study continued in one way, then fitted anew: width of the interval [decades] of the crossing that was planted, and distance of the estimate from
/// it; 6 where there is no such crossing or more. `flops`: of what was added.
struct ContinuedStudy {
    double width = 6, error = 6, flops = 0;
};

/// [way][study]
using ContinuedStudies = std::array<std::vector<ContinuedStudy>, continuation_names.size()>;

/// Laws descend from the planted ones. Equal at any number of threads.
ContinuedStudies simulate_next(const NextSimulation& options);

/// A number with the Monte Carlo error of the simulation.
struct Simulated {
    double value = 0, error = 0;
};

/// log(median width of the start / median width after `way`), per FLOP spent (median), over the same of `other`. Error: bootstrap over studies, 400 draws.
Simulated shrinkage_ratio(const ContinuedStudies& studies, Continuation way, Continuation other);

/// The same with decades of median width in the place of its logarithm.
Simulated decades_ratio(const ContinuedStudies& studies, Continuation way, Continuation other);

}  // namespace overtake
