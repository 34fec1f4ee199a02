// The compute-optimal frontier of a law in closed form, and other one-dimensional paths through the (N, D) plane.
#pragma once

#include <array>
#include <span>

#include "analysis/observations.hpp"
#include "analysis/power_law.hpp"

namespace overtake {

/// Training cost C = k N^p D^q in FLOPs. k = 6, p = q = 1 is Kaplan's rule; exact counts (attention, head, position) are matched in
/// logarithms, and `worst_error` says how well (largest |C_law / C - 1| over the points).
struct CostLaw {
    double k = 6, p = 1, q = 1;
    double worst_error = 0;
    double flops(double parameters, double tokens) const;
};

/// Least squares of log(C / 6 N D) on 1, log N, log D, drawn to Kaplan's rule where the points do not tell.
CostLaw fit_cost(std::span<const Observation> observations);

struct FrontierPoint {
    double parameters = 0, tokens = 0, loss = 0;
};

/// min L(N, D) over N and D of cost `flops`. With u = N^p, v = D^q: u* = G x^(b'/(a'+b')), v* = x / u*, x = C / k,
/// G = (a' A / (b' B))^(1/(a'+b')), a' = alpha / p, b' = beta / q. NaN throughout if the law has no optimum
/// (an exponent or a coefficient that is not positive). Source: Hoffmann et al. 2022, eq. 4, with the cost generalised.
FrontierPoint frontier(const PowerLaw& law, const CostLaw& cost, double flops);

/// The point of cost `flops` with D = tokens_per_parameter * N.
FrontierPoint fixed_ratio(const PowerLaw& law, const CostLaw& cost, double flops, double tokens_per_parameter);

/// Loss along a path as a function of compute alone: E + sum_i exp(log_coefficient_i - rate_i log10 C). The frontier has one such term
/// (L* = E + K C^-g, g = a' b' / (a' + b')), a ray of fixed tokens per parameter has two; the second is then 0 (log coefficient -inf).
/// NaN throughout where the path does not exist.
struct PathLaw {
    double E = 0;
    std::array<double, 2> log_coefficient{}, rate{};  // rate per decade of C
    double loss(double log10_flops) const;
    double slope(double log10_flops) const;           // dL / d log10 C
    /// log10 of the compute at which the path reaches `loss`; +inf if it never does, NaN if there is no path.
    double log10_flops_for(double loss) const;
};

PathLaw frontier_path(const PowerLaw& law, const CostLaw& cost);
PathLaw ray_path(const PowerLaw& law, const CostLaw& cost, double tokens_per_parameter);

}  // namespace overtake
