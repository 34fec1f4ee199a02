// How large residuals are expected to be at a size and budget: a scale that changes smoothly over the grid.
#pragma once

#include <span>
#include <vector>

namespace overtake {

/// Standard deviation of a residual of scheme k: exp(level_k + slope_n x + slope_d y), at x, y = log N, log D in the scheme's centred
/// coordinates; at least 1e-12.
struct NoiseScale {
    std::vector<double> level;  // [scheme]
    double slope_n = 0, slope_d = 0;
    double at(std::size_t scheme, double log_n, double log_d) const;
};

/// One scheme's residuals and where they stand.
struct ScaledResiduals {
    std::span<const double> log_n, log_d, residuals;
};

/// Least squares of log |r| on the levels and slopes (Harvey 1976), then set by the median of |r| over its scale, times `widening`. Below 30 rows a
/// scheme all levels are equal and slopes 0: so few residuals tell no more.
NoiseScale fit_noise_scale(std::span<const ScaledResiduals> schemes, double widening);

}  // namespace overtake
