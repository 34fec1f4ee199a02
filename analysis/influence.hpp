// First-order effect of every trial on the laws: standard errors without refitting.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "analysis/bootstrap.hpp"
#include "analysis/frontier.hpp"

namespace overtake {

/// An estimated law is, to first order, the true one plus the sum of these over resampling units (a seed of a cell, through all
/// schemes where they are paired): what moves together in two laws cancels in their difference, as far as it did in the trials.
struct LawInfluence {
    std::vector<std::vector<LawCoordinates>> of_unit;  // [scheme][unit], of (a, b, e, alpha, beta) in the scheme's centred coordinates
    std::vector<std::array<double, 2>> centre;         // [scheme]: mean log N and log D of its points
};

/// -H^-1 sum_i w_i psi(r_i) J_i over the trials of a unit (the sandwich; Huber 1967; clusters: Liang and Zeger 1986), where psi clips at
/// delta, H = sum_i w_i P(|r_i| < delta) J_i J_i' in the free numbers of the schemes of a group, and the probability is that of a normal residual whose
/// scale is exp(level of the scheme + slopes in log N, log D), fitted to log |r| (Harvey 1976) and set by the median: so few residuals
/// lie inside delta that counting them would be the largest error of all. Widened by sqrt(n / (n - fitted numbers)).
/// `groups` and `options` (delta, constraints, sharing) as in bootstrap_laws.
LawInfluence law_influence(std::span<const LawPoints> points, std::span<const PowerLaw> laws,
                           const std::vector<std::vector<std::size_t>>& groups, const ResamplingUnits& units,
                           const BootstrapOptions& options);

/// A standard error and how many normal squares it is worth (Satterthwaite 1946, from the spread of the units' squares).
struct StandardError {
    double value = 0, degrees = 0;
};

/// Of the sum of `effects`, one per unit.
StandardError standard_error(std::span<const double> effects);

/// d loss(N, D) / d (a, b, e, alpha, beta) of a law in coordinates centred at `centre`. At a law's own optimum it is also the derivative of
/// the frontier's loss (envelope theorem).
LawCoordinates loss_gradient(const PowerLaw& law, const std::array<double, 2>& centre, double parameters, double tokens);

/// `law` with its centred coordinates moved by `step`.
PowerLaw moved(const PowerLaw& law, const std::array<double, 2>& centre, const LawCoordinates& step);

}  // namespace overtake
