// The few numbers of statistics that fits and intervals need: quantiles, the normal and chi-squared laws, BCa ends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace overtake {

/// Phi(x).
double normal_cdf(double x);

/// Phi^-1(p) for 0 < p < 1; -inf and +inf at the ends.
double normal_quantile(double p);

/// P(T <= t) = p for Student's T with `degrees` >= 1 degrees of freedom; -inf and +inf at the ends. Source: Abramowitz and Stegun
/// 1964, 26.7.3 and 26.7.4, which are finite sums.
double student_quantile(double p, int degrees);

/// P(X > x) for X chi-squared with `degrees` > 0 degrees of freedom.
double chi_squared_tail(double x, double degrees);

/// Quantile p in [0, 1] of `sorted` (ascending, may hold infinities, not NaN), linear between order statistics
/// (Hyndman and Fan 1996, type 7). NaN if it is empty.
double quantile(std::span<const double> sorted, double p);

/// An interval, ends may be infinite. NaN where nothing could be said.
struct Interval {
    double low = 0, high = 0;
    bool operator==(const Interval&) const = default;
};

/// The central `confidence` part of the draws.
Interval percentile_interval(std::vector<double> draws, double confidence);

/// Bias-corrected and accelerated interval. `jackknife` holds the estimate with one cluster left out, each in turn;
/// values that are not finite are passed over there. Source: Efron 1987, JASA 82:171, eqs. 2.3 and 6.6.
Interval bca_interval(std::vector<double> draws, double estimate, std::span<const double> jackknife, double confidence);

/// Median; NaN if empty.
double median(std::vector<double> values);

/// Small counter-seeded generator (SplitMix64; Steele, Lea, Flood 2014): the same stream on every machine, so that draw k
/// of a bootstrap depends on (seed, k) alone.
class RandomStream {
  public:
    RandomStream(std::uint64_t seed, std::uint64_t stream);
    std::uint64_t next();
    /// Uniform in 0 .. bound - 1, bound > 0.
    std::size_t below(std::size_t bound);
    /// Uniform in (0, 1).
    double uniform();
    /// Standard normal.
    double normal();

  private:
    std::uint64_t state_;
};

}  // namespace overtake
