// How often sets of points are flagged: healthy ones should almost never be, degenerate ones always. A simulation for tests and for
// the program flag_rates.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/planted.hpp"

namespace overtake {

struct FlagCase {
    std::string name;
    bool healthy = false;
    PowerLaw law;
    PlantedDesign design;
    std::size_t rows = 0;      // this many of the design's rows, drawn at random; 0: all
};

/// Four healthy designs and six degenerate ones.
std::vector<FlagCase> flag_cases();

struct FlagRate {
    int sets = 0, flagged = 0;
    std::map<std::string, int> by_flag;   // words up to the first digit or colon
};

FlagRate measure_flags(const FlagCase& of, int sets, std::size_t draws, int start_stride, std::uint64_t first_seed = 1000);

}  // namespace overtake
