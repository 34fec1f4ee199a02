// How far a quantile of bootstrap draws would move with other draws.
#pragma once

#include <span>
#include <vector>

#include "analysis/statistics.hpp"

namespace overtake {

/// The weights w_i = I_(i/n)(a, b) - I_((i-1)/n)(a, b), a = (n + 1) p, b = (n + 1)(1 - p), of the order statistics in a quantile: about the law of the rank
/// that stands at p. Sources: Harrell and Davis 1982, Biometrika 69:635; Maritz and Jarrett 1978, JASA 73:194.
class QuantileWeights {
  public:
    QuantileWeights(std::size_t draws, double p);
    /// sum w x: a quantile that is smooth in the draws. `sorted`: as many as at the start, finite where it matters.
    double harrell_davis(std::span<const double> sorted) const;
    /// sqrt(sum w x^2 - (sum w x)^2): the standard deviation of the quantile over sets of draws. Infinite or NaN where draws at the quantile are.
    double standard_error(std::span<const double> sorted) const;

  private:
    std::size_t first_ = 0;         // weights below it, and beyond the last, are below 1e-12
    std::vector<double> weights_;
};

/// Monte-Carlo standard errors of the two ends of percentile_interval(draws, confidence).
Interval percentile_errors(std::vector<double> draws, double confidence);

}  // namespace overtake
