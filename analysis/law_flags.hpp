// Intervals of a scheme's law from its draws, and the flags that need more than one fit: draws, seeds, counted FLOPs.
#pragma once

#include <vector>

#include "analysis/scheme_law.hpp"

namespace overtake {

/// Percentile intervals of every quantity of the law, and flags where they say that it isn't identified.
void add_intervals(SchemeLaw& scheme, const std::vector<PowerLaw>& draws, double confidence);

/// Flags a cost law that misses counted FLOPs by more than 5 %.
void flag_cost(SchemeLaw& scheme);

/// Flags a scheme with trials that [tune] flagged.
void flag_untuned(SchemeLaw& scheme);

/// Flags cell means of the residuals that vary more than 10 times what seeds explain.
void flag_lack_of_fit(SchemeLaw& scheme);

}  // namespace overtake
