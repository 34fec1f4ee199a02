// All comparisons of a study in one figure: who is ahead at the top of the data, and where lines cross.
#pragma once

#include <optional>

#include "analysis/figure.hpp"
#include "analysis/scheme_classes.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// A row a comparison, classes first, then pairs from the leading challenger down: gap at the highest compute that both have, with the
/// simultaneous band there, and every crossing within the horizon with its interval (filled: established). nullopt if no pair has laws.
std::optional<Figure> forest_figure(const Study& study, const std::vector<ClassComparison>& classes);

}  // namespace overtake
