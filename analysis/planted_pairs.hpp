// Pairs of laws whose crossings are known, for simulations: the truth that coverage is measured against.
#pragma once

#include <string>
#include <vector>

#include "analysis/power_law.hpp"

namespace overtake {

/// C = 6 N D; the usual design spans 10^14.1 .. 10^19.3 FLOPs.
struct PlantedPair {
    std::string name;
    PowerLaw baseline, challenger;
    std::vector<double> crossings;  // log10 C of the sign changes between 10^13 and 10^20.3, as literals
};

/// inside, gentle (a third of the slope), edge, outside, two, parallel, identical, floor (E alone differs).
const std::vector<PlantedPair>& planted_pairs();

/// Throws ConfigError with the names that exist.
const PlantedPair& planted_pair(const std::string& name);

}  // namespace overtake
