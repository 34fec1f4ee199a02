// Bootstrap over trials: which trials are drawn together, and the laws that each draw gives.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/joint_fit.hpp"
#include "analysis/observations.hpp"

namespace overtake {

/// Trials that are drawn as one. Paired: one unit per (cell, seed), through all schemes; else one per (scheme, cell, seed).
/// A stratum is a cell with at least two seeds: m - 1 of its m units are drawn with replacement and weigh m / (m - 1)
/// (Rao and Wu 1988, JASA 83:231: plain resampling of m units shrinks the variance by 1 - 1/m, half of it at two seeds).
/// Units alone in their cell form one further stratum, of which all n are drawn.
struct ResamplingUnits {
    std::vector<std::vector<std::size_t>> unit_of;  // [scheme][point]
    std::vector<std::vector<std::size_t>> strata;   // units of each
    std::vector<bool> pooled;                       // [stratum]: of single units
    std::size_t count = 0;
};

ResamplingUnits make_units(std::span<const std::vector<Observation>> by_scheme, bool paired);

/// Weight of every unit in draw `draw`: a function of (seed, draw) alone.
std::vector<double> draw_unit_weights(const ResamplingUnits& units, std::uint64_t seed, std::size_t draw);

struct BootstrapOptions {
    std::size_t draws = 1000;
    std::uint64_t seed = 0;
    int threads = 0;
    double delta = 1e-3;
    LawConstraints constraints;
    Sharing sharing;          // of the schemes in one group
};

/// Laws of every draw and of the jackknife, [scheme][draw]. A law with a NaN in it did not converge to anything finite.
struct LawDraws {
    std::vector<std::vector<PowerLaw>> draws, jackknife;
};

/// `groups` lists the schemes that share what `sharing` says; a scheme in a group of its own shares nothing. Each draw descends from `laws` with the
/// expected curvature there: in trials on the 240 public points, all 4,500 starts beat such a warm start in no draw.
/// The jackknife leaves out one unit at a time, or one of 60 groups of units where there are more.
LawDraws bootstrap_laws(std::span<const LawPoints> points, std::span<const PowerLaw> laws,
                        const std::vector<std::vector<std::size_t>>& groups, const ResamplingUnits& units,
                        const BootstrapOptions& options);

/// Correlation of residuals between two schemes over their common (cell, seed); where cells have several seeds, of the
/// deviations from each scheme's cell mean, which no lack of fit can fake.
struct SeedCorrelation {
    double value = 0;       // 0 where there are fewer than 4 degrees of freedom
    int degrees = 0;
    double p_value = 1;     // two-sided, Fisher's z
};
SeedCorrelation seed_correlation(std::span<const std::vector<Observation>> by_scheme, std::span<const std::vector<double>> residuals);

}  // namespace overtake
