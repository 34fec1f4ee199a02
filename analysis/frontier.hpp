// The compute-optimal frontier of a law, in closed form or on a counted cost, and other one-dimensional paths through the (N, D) plane.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "analysis/cost_curve.hpp"
#include "analysis/observations.hpp"
#include "analysis/power_law.hpp"

namespace overtake {

/// Training cost C = k N^p D^q in FLOPs. k = 6, p = q = 1 is Kaplan's rule; exact counts (attention, head, position) are matched in
/// logarithms, and `worst_error` says how well (largest |C_law / C - 1| over the points). With a `curve`, costs are the curve's, and so is worst_error: everything
/// below is then found numerically, and k, p, q only say where to begin.
struct CostLaw {
    double k = 6, p = 1, q = 1;
    double worst_error = 0;
    std::shared_ptr<const CostCurve> curve = nullptr;
    double flops(double parameters, double tokens) const;
    double tokens(double parameters, double flops) const;
    CostLaw closed() const;   // without the curve
};

/// Least squares of log(C / 6 N D) on 1, log N, log D, drawn to Kaplan's rule where the points do not tell. If that misses a count by more than 0.1 %, and a
/// curve through the sizes misses less, the curve is taken (`numeric`).
CostLaw fit_cost(std::span<const Observation> observations, bool numeric = true);

struct FrontierPoint {
    double parameters = 0, tokens = 0, loss = 0;
};

/// min L(N, D) over N and D of cost `flops`. With u = N^p, v = D^q: u* = G x^(b'/(a'+b')), v* = x / u*, x = C / k,
/// G = (a' A / (b' B))^(1/(a'+b')), a' = alpha / p, b' = beta / q. NaN throughout if the law has no optimum
/// (an exponent or a coefficient that is not positive). Source: Hoffmann et al. 2022, eq. 4, with the cost generalised. On a curve: CostCurve::best_log_n.
FrontierPoint frontier(const PowerLaw& law, const CostLaw& cost, double flops);

/// The point of cost `flops` with D = tokens_per_parameter * N.
FrontierPoint fixed_ratio(const PowerLaw& law, const CostLaw& cost, double flops, double tokens_per_parameter);

/// Loss along a path as a function of compute alone: E + sum_i exp(log_coefficient_i - rate_i log10 C). The frontier has one such term
/// (L* = E + K C^-g, g = a' b' / (a' + b')), a ray of fixed tokens per parameter has two; the second is then 0 (log coefficient -inf).
/// NaN throughout where the path does not exist. On a curve these numbers are those of the closed form, and only where searches begin.
struct PathLaw {
    double E = 0;
    std::array<double, 2> log_coefficient{}, rate{};  // rate per decade of C
    std::shared_ptr<const CostCurve> curve = nullptr;
    CostLaw cost;             // with the curve; this and the rest are read with a curve alone
    PowerLaw law;
    double tokens_per_parameter = 0;   // 0: the frontier
    bool closed_frontier() const;      // one exponential term: roots and inverses have closed forms
    double loss(double log10_flops) const;
    double slope(double log10_flops) const;           // dL / d log10 C
    /// log10 of the compute at which the path reaches `loss`; +inf if it never does, NaN if there is no path.
    double log10_flops_for(double loss) const;

  private:
    FrontierPoint point(double log10_flops) const;
};

PathLaw frontier_path(const PowerLaw& law, const CostLaw& cost);
PathLaw ray_path(const PowerLaw& law, const CostLaw& cost, double tokens_per_parameter);

}  // namespace overtake
