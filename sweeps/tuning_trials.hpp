// The trials of a tuning round, resolved by the same rules as the grid's.
#pragma once

#include "sweeps/grid.hpp"
#include "sweeps/resolve.hpp"
#include "sweeps/tune_settings.hpp"

namespace overtake {

/// One scheme for each distinct position of the grid, extensions left out; rates as [tuning] says, else those of the first round.
/// All trials have the grid's first train length and are evaluated at it, on the tuning half of the held-out blocks.
Tuning make_tuning(const TuneSettings& settings, const Grid& grid, Resolver& resolver, double reference_parameters, Complaints& complaints);

}  // namespace overtake
