// What a trial of N and D costs, as it was counted or measured, and the best use of a cost on it: numeric where no closed form is exact.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/observations.hpp"
#include "analysis/power_law.hpp"

namespace overtake {

/// ln C = s(ln N) + q ln D: s is a natural cubic spline, straight beyond its ends. Attention, the head and the scheme's own cost make s bend (at one
/// train length exact FLOPs are of this form with q = 1); small models that leave a device idle make it flat in seconds. A straight s is the power law.
class CostCurve {
  public:
    /// Least squares with a knot at each size, or at 12 quantiles of them where there are more; q is drawn to 1 where the points do not tell. nullopt
    /// below 3 sizes (N that differ by more than 0.5 %), or without 2 more points than sizes.
    static std::optional<CostCurve> fit(std::span<const Observation> observations);

    double log_cost(double log_n, double log_d) const;
    double log_tokens(double log_n, double log_cost) const;   // D that N can afford
    double token_power() const noexcept { return q_; }
    double slope(double log_n) const { return at(log_n).slope; }
    /// Largest |C_curve / C - 1| over the points of the fit.
    double worst_error() const noexcept { return worst_error_; }

    /// ln N of the lowest law loss at this cost: where alpha A N^-alpha q = beta B D^-beta s'(ln N), by Newton steps inside a bracket; where s bends down so
    /// far that there may be several such N, the best of a scan. `start`: a guess. The law needs positive exponents and coefficients.
    double best_log_n(const PowerLaw& law, double log_cost, double start) const;
    /// ln N of the trial with D = ratio N of this cost.
    double ray_log_n(double log_ratio, double log_cost, double start) const;

  private:
    struct Value {
        double s = 0, slope = 0, bend = 0;
    };
    Value at(double log_n) const;
    void set_values(std::vector<double> values);

    std::vector<double> knots_, values_, bends_;   // s and s'' at the knots
    double q_ = 1, worst_error_ = 0;
    double least_bend_ = 0;                        // of s'' / s'; -inf where s falls
};

}  // namespace overtake
