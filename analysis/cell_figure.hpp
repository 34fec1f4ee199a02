// What was measured where most schemes met: loss less the baseline's in one cell, without any law.
#pragma once

#include <optional>

#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// The cell with the baseline and the most schemes (of several, the one of most compute); a row a scheme, lowest loss first, a point a
/// seed, paired by seed, and a bar at their mean. nullopt if the baseline shares no cell and seed with another scheme.
std::optional<Figure> cell_figure(const Study& study);

}  // namespace overtake
