// Figures of laws and gaps.
#pragma once

#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// Points, compute-optimal frontiers and their pointwise bands against compute.
Figure law_figure(const Study& study);

/// Gap of one comparison along the frontiers: simultaneous band, delta, crossings, the data's range and the horizon.
/// `name_prefix` tells figures of different studies apart; `number` is the challenger's place in the study (its colour).
Figure gap_figure(const Study& study, const Comparison& comparison);

/// Residuals in per cent against N and against D.
Figure residual_figure(const Study& study);

}  // namespace overtake
