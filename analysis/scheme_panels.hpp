// One scheme's law against its own points: along D at each N, and along N at equal compute.
#pragma once

#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// Loss against D, a curve and a pointwise band for each of at most 8 sizes; the scheme must be usable.
Figure size_panel(const Study& study, std::size_t scheme);

/// Loss against N at five computes, with the optimum of each. Every point stands on the curve of the nearest compute (in log C), moved
/// there along the law, so that it keeps its residual. The scheme must be usable.
Figure isoflop_panel(const Study& study, std::size_t scheme);

}  // namespace overtake
