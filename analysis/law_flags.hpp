// Intervals of a scheme's law from its draws, and the flags that need more than one fit: draws, seeds, counted FLOPs.
#pragma once

#include <span>
#include <vector>

#include "analysis/law_map.hpp"
#include "analysis/scheme_law.hpp"

namespace overtake {

/// Profile intervals of every free quantity of schemes that share numbers (or of one scheme alone).
void add_profiles(std::span<SchemeLaw* const> group, const FitOptions& options, const Sharing& sharing, double confidence, int threads);

/// Percentile intervals of every quantity of the law, and how far other draws would move their ends.
void add_intervals(SchemeLaw& scheme, const std::vector<PowerLaw>& draws, double confidence);

/// Flags what intervals and profiles say isn't identified; wants both. How often healthy and degenerate sets are flagged: flag_rates.
void flag_intervals(SchemeLaw& scheme);

/// Refits without each point in turn (from the law, a floor that is shared held) and flags points that take E or an exponent out
/// of its profile interval: of its profile, because a bootstrap that draws a point or not already allows for its absence.
void flag_deciding_points(SchemeLaw& scheme, const LawConstraints& constraints, bool floor_shared, double delta);

/// Flags a cost law that misses counted FLOPs, or what else `unit` names, by more than 5 %.
void flag_cost(SchemeLaw& scheme, const std::string& unit);

/// Flags a scheme with trials that [tune] flagged.
void flag_untuned(SchemeLaw& scheme);

/// Flags cell means of the residuals that vary more than 10 times what seeds explain.
void flag_lack_of_fit(SchemeLaw& scheme);

}  // namespace overtake
