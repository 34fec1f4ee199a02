// IsoFLOP profiles: the loss-optimal size at each compute budget by a parabola and by a spline, and its growth with compute.
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "analysis/observations.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

/// The optimum of one budget.
struct IsoflopOptimum {
    double flops = 0;
    std::size_t sizes = 0, rows = 0;
    double parabola = 0, spline = 0;      // N*; NaN where the lowest loss isn't inside the sizes, or the parabola opens downwards
};

struct IsoflopFit {
    std::vector<IsoflopOptimum> budgets;                   // ascending
    double exponent_parabola = NAN, exponent_spline = NAN; // a of N* = k C^a, least squares over budgets; NaN below 3 optima
    Interval interval_parabola{NAN, NAN}, interval_spline{NAN, NAN};
};

/// Budgets: values of C within 10 % of their neighbours that have at least 4 sizes. Per budget a parabola in ln N through log loss (Hoffmann et
/// al. 2022, approach 2; biased where the sizes are not centred on the optimum) and Akima's spline through the means of each size
/// (Akima 1970, J. ACM 17:589). Interval: percentile, trials drawn with replacement within each budget (200 draws, seeded). nullopt with
/// fewer than 3 budgets, as on grids of sizes and ratios.
std::optional<IsoflopFit> fit_isoflops(std::span<const Observation> observations, std::uint64_t seed, double confidence);

}  // namespace overtake
