// Claims among many comparisons: Holm's correction.
#pragma once

#include <span>
#include <vector>

#include "analysis/crossover.hpp"

namespace overtake {

/// Adjusted p-values in the order given: max over the smaller ones of min(1, (m - rank) p), rank from 0. Holds the chance of any false claim
/// among all m at the level, however they depend on each other. NaN stays NaN and does not count. Source: Holm 1979, Scand. J. Statist. 6:65.
std::vector<double> holm(std::span<const double> p_values);

/// Sets p_holm, family_size, survives_holm and the sentence of every comparison, as members of one family.
void adjust_family(std::span<Comparison* const> family);

}  // namespace overtake
