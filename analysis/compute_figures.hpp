// What a gap is worth: compute for equal loss, and the sizes and budgets at which two schemes are equal.
#pragma once

#include <optional>

#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// Compute that the baseline needs for the challenger's loss, as a multiple of the challenger's, with its simultaneous band. nullopt
/// where the comparison has no such curve.
std::optional<Figure> effective_compute_figure(const Study& study, const Comparison& comparison);

/// The (N, D) plane of the points that both schemes have: the line of equal loss and the regions where the simultaneous band is wholly on
/// one side. nullopt where a scheme has no law, the plane no width, or one
/// scheme is ahead all over it.
std::optional<Figure> equality_figure(const Study& study, const Comparison& comparison);

}  // namespace overtake
