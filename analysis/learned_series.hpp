// Curves of what was learned, picked from results: by scheme, seed, kind and source.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sweeps/results/results_file.hpp"

namespace overtake {

/// What one trial learned.
struct LearnedSeed {
    std::int64_t seed = 0;
    const std::vector<StructureSeries>* series = nullptr;  // into the results
};

struct LearnedScheme {
    std::string scheme;
    std::vector<LearnedSeed> seeds;  // of its largest trials, ascending
};

/// Schemes whose largest trials ran the task "structure" and left curves, in the order of the grid.
std::vector<LearnedScheme> learned_schemes(const Results& results);

/// The series of one kind and source, by layer and head.
std::vector<const StructureSeries*> series_of(const LearnedSeed& seed, const std::string& kind, const std::string& source);

/// Their mean over layers and heads; only those as long as the first count. Empty x where there is none.
StructureSeries mean_series(const LearnedSeed& seed, const std::string& kind, const std::string& source);

/// Sources of a kind in any seed, in order of first appearance.
std::vector<std::string> sources_of(const LearnedScheme& scheme, const std::string& kind);

/// Pearson's correlation of two seeds over the numbers that both hold of one kind: frequencies as logarithms, similarities off the
/// diagonal (which no rotation of a table changes), biases over lag. NaN below 3 numbers or without variance.
double seed_agreement(const LearnedSeed& a, const LearnedSeed& b, const std::string& kind);

}  // namespace overtake
