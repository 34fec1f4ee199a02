// What a gap is worth: compute for equal loss, and the sizes and budgets at which two schemes are equal.
#pragma once

#include <optional>

#include "analysis/equality_curve.hpp"
#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// Compute that the baseline needs for the challenger's loss, as a multiple of the challenger's, with its simultaneous band. nullopt
/// where the comparison has no such curve.
std::optional<Figure> effective_compute_figure(const Study& study, const Comparison& comparison);

/// Of a comparison, over the (N, D) of both schemes' points. nullopt where a scheme has no law, or the plane no width.
std::optional<EqualityCurve> equality_of(const Study& study, const Comparison& comparison);

/// The (N, D) plane: the line of equal loss and the regions where the simultaneous band is wholly on one side. nullopt where none of these lines
/// passes through it.
std::optional<Figure> equality_figure(const Study& study, const Comparison& comparison, const EqualityCurve& curve);

}  // namespace overtake
