// Residuals of the laws: does any of N, D or the scheme still explain them?
#pragma once

#include "analysis/figure.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// Predicted over measured loss in per cent: means over the seeds of each cell against N and D, and every trial by scheme.
Figure residual_figure(const Study& study);

}  // namespace overtake
