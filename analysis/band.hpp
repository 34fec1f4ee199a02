// A band that holds at all points of a curve at once, from draws of the curve.
#pragma once

#include <span>
#include <vector>

namespace overtake {

/// sup-t: estimate +- critical * spread (Montiel Olea and Plagborg-Moller 2019, J. Appl. Econometrics 34:1).
struct SimultaneousBand {
    std::vector<double> spread;          // half the width of the middle 68 % of the deviations, at each point
    std::vector<double> largest;         // of every draw: its largest |deviation| / spread, ascending
    double critical = 0;                 // the `confidence` quantile of `largest`
    /// Share of draws at least `multiple` spreads away somewhere, never 0: (1 + count) / (1 + draws).
    double exceedance(double multiple) const;
};

/// `deviations`: draw by draw, the curve of the draw minus the estimate. Draws with a NaN are passed over; infinities count.
SimultaneousBand simultaneous_band(std::span<const std::vector<double>> deviations, double confidence);

}  // namespace overtake
