// The trials of a tuning round, resolved by the same rules as the grid's.
#pragma once

#include "sweeps/grid.hpp"
#include "sweeps/resolve.hpp"
#include "sweeps/tune_settings.hpp"

namespace overtake {

/// Values of one axis over the whole grid.
std::vector<const AxisValue*> values_of(const Grid& grid, Axis axis);

/// A distinct position of the grid, extensions left out.
struct GridScheme {
    const AxisValue* value;
    PositionConfig position;
};
std::vector<GridScheme> schemes_of(const Grid& grid);

/// A tuning trial is measured at its train length alone, on the tuning half of the held-out blocks.
EvaluationConfig tuning_evaluation(const TrialConfig& config);

/// One scheme for each distinct position; rates and knobs as [tuning] says, else those of the first round. All trials have the grid's first train length and are evaluated at it, on the tuning half of the held-out blocks.
Tuning make_tuning(const TuneSettings& settings, const Grid& grid, Resolver& resolver, double reference_parameters, Complaints& complaints);

/// Adds the check of the shared rate to `tuning`; `resolver` knows the choices. Checks nothing if there is none to choose from.
void add_checks(Tuning& tuning, const TuneSettings& settings, const std::string& baseline, const Grid& grid, Resolver& resolver, Complaints& complaints);

}  // namespace overtake
