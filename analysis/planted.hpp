// Points and results of laws that are known, for tests: what was planted must be found, and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/observations.hpp"
#include "analysis/power_law.hpp"

namespace overtake {

struct PlantedScheme {
    std::string name;
    PowerLaw law;
};

/// Of log loss, scaled to the design's standard deviation. t4: Student's t with 4 degrees of freedom, heavy tails shared by the schemes of
/// a seed. small_models: standard deviation proportional to N^-0.35 and as asked at N = 2e7.
enum class NoiseKind { normal, t4, small_models };

struct PlantedDesign {
    std::vector<double> sizes{2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8};
    std::vector<double> ratios{5, 10, 20, 40, 80};   // tokens per parameter
    int seeds = 3;
    double noise = 0.003;         // standard deviation of log loss
    double correlation = 0.8;     // between schemes of one cell and seed
    NoiseKind noise_kind = NoiseKind::normal;
    std::uint64_t seed = 1;
};

std::vector<Observation> plant(const std::vector<PlantedScheme>& schemes, const PlantedDesign& design);

/// log10 C at which the frontiers of two laws of equal E cross, C = 6 N D; NaN if they never do.
double planted_crossing(const PowerLaw& a, const PowerLaw& b);

/// Results of a finished sweep with curves, evaluations at 1, 2 and 4 train lengths and by position; one trial diverged and one is
/// unfinished.
Results planted_results(const std::vector<PlantedScheme>& schemes, const PlantedDesign& design);

}  // namespace overtake
