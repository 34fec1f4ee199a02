// The gap between two laws along a path through compute, and its standard error.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "analysis/influence.hpp"
#include "analysis/roots.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

/// A scheme's law with everything that says how sure it is.
struct LawEvidence {
    std::string name;
    PowerLaw law;
    std::span<const PowerLaw> draws, jackknife;
    std::span<const LawCoordinates> influence;         // per resampling unit; the two schemes of a comparison share their units
    std::array<double, 2> centre{};                    // mean log N, log D
    CostLaw cost;
    double low_log10_flops = 0, high_log10_flops = 0;  // of its points
    double low_parameters = 0, high_parameters = 0;    // N of its points
};

/// Two schemes along their frontiers (ratio 0) or at fixed tokens per parameter. Refers to its evidence.
struct GapPath {
    const LawEvidence& baseline;
    const LawEvidence& challenger;
    double ratio = 0;

    PathLaw baseline_path(const PowerLaw& law) const;
    PathLaw challenger_path(const PowerLaw& law) const;
    FrontierPoint baseline_point(const PowerLaw& law, double log10_flops) const;
    double gap(double log10_flops) const;              // of the estimates, challenger - baseline

    /// Of the gap at one compute: delta method over units, sum_u (grad_c . influence_c,u - grad_b . influence_b,u)^2.
    StandardError gap_error(double log10_flops) const { return gap_error(log10_flops, log10_flops); }
    /// The same where the baseline spends another compute than the challenger.
    StandardError gap_error(double log10_flops_baseline, double log10_flops_challenger) const;
};

/// Every C around `root` at which a two-sided t test at 1 - confidence does not tell the gap from 0: the studentised interval of a
/// crossing, by inverting the test (Fieller 1954) rather than by a slope, so that it is as lopsided as the gap is curved, and an end is
/// infinite where the gap is never told from 0 on that side of it within [low, high].
Interval studentised_interval(const GapPath& path, double root, double confidence, double low, double high);

/// The stretch around `root` on which `told_apart` is false, from steps of 1/40 decade, each `growth` times the one before, and bisection down to
/// `precision` decades; an end is infinite where it stays false up to low or high.
Interval inverted_test(const std::function<bool(double)>& told_apart, double root, double low, double high, double growth = 1, double precision = 1e-9);

/// Of log10 N* and log10 D* of the baseline at a crossing, given the crossing's interval in log10 C. At fixed tokens per parameter N and D
/// follow from C alone, and so do their intervals. Along frontiers, which move with their laws: delta method (numerical derivatives of the
/// crossing in both laws), and an end is infinite where that in C is.
struct CrossingSize {
    Interval log10_parameters, log10_tokens;
};
CrossingSize size_intervals(const GapPath& path, double root, const Interval& log10_flops, double confidence);

}  // namespace overtake
