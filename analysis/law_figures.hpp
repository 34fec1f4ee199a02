// Figures of laws and gaps.
#pragma once

#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// Points, compute-optimal frontiers and their pointwise bands against compute.
Figure law_figure(const Study& study);

/// Gap of one comparison along the frontiers: simultaneous band, delta, crossings, the data's range and the horizon.
Figure gap_figure(const Study& study, const Comparison& comparison);

}  // namespace overtake
