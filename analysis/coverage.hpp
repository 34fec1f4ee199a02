// Simulated studies: how often an interval covers the crossing that was planted, and how often one is claimed that was not.
#pragma once

#include <cstdint>
#include <string>

#include "analysis/planted.hpp"
#include "analysis/planted_pairs.hpp"
#include "analysis/study.hpp"

namespace overtake {

struct CoverageOptions {
    PlantedPair pair = planted_pair("inside");
    PlantedDesign design;                  // its `seed` is that of the first study; study i takes seed + i
    int studies = 400;
    std::size_t draws = 0;                 // bootstraps of each study; 0: intervals only, no claims
    Pairing pairing = Pairing::by_test;
    SharedFloor shared_floor = SharedFloor::by_test;
    double confidence = 0.95;
    int threads = 0;
};

/// A share of studies, with the standard error of the simulation.
struct Share {
    double value = 0, error = 0;
};

struct Coverage {
    Share covered;                         // a crossing of the right direction whose interval holds the truth; mean over planted crossings
    Share bootstrap_covered;               // the same of the second opinion, BCa; only with draws
    double median_width = 0, median_bootstrap_width = 0;  // in decades; infinite ends count as such
    Share as_many;                         // as many crossings within the data as were planted there
    Share paired, shared_floor;
    Share rejected;                        // the test of shared E has p < 0.05
    Share band_covered;                    // the band over the data holds the true gap at every C; only with draws
    Share wrong_relations;                 // a relation is shown that the planted gap contradicts by more than delta at some C of the data; only with draws
    Share claimed;                         // verdict inside or extrapolated; only with draws
    Share true_claims;                     // of the studies: claimed, and every established crossing lies within half a decade of a planted one of its direction
    double seconds = 0;
};

/// Laws descend from the planted ones (the grid of starts ends there too, at a hundred times the time). Equal at any number of threads.
Coverage measure_coverage(const CoverageOptions& options);

}  // namespace overtake
