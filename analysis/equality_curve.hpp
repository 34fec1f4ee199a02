// The curve in the (N, D) plane on which two schemes reach the same loss, with a band.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/gap_path.hpp"

namespace overtake {

struct PlanePoint {
    double log10_parameters = 0, log10_tokens = 0;
};
using Polyline = std::vector<PlanePoint>;

/// A rectangle of the plane.
struct PlaneRange {
    PlanePoint low, high;
};

/// A point of the curve and its band: from where to where along D (N held), and along N (D held), the simultaneous band does not tell the gap
/// from 0. An end is infinite where the band still holds 0 at the rectangle's border.
struct EqualityPoint {
    PlanePoint at;
    Interval log10_parameters, log10_tokens;
};

/// gap(N, D) = challenger - baseline, with a band that holds all over the rectangle at once (sup-t over the draws). Each list may be empty, or
/// hold several lines: the gap may depend on N alone, and then the curve is upright.
struct EqualityCurve {
    std::vector<Polyline> equal;             // gap = 0
    std::vector<std::vector<EqualityPoint>> lines;  // the same with the band around each point
    std::vector<Polyline> challenger_ahead;  // border of the region where the whole band is below 0
    std::vector<Polyline> baseline_ahead;    // border of the region where the whole band is above 0
    double share_challenger_ahead = 0, share_baseline_ahead = 0;  // of the rectangle's area: these regions
    PlaneRange range;
};

/// The rectangle of the points that either has; nullopt if all have one N or one D.
std::optional<PlaneRange> plane_of(std::span<const Observation> baseline, std::span<const Observation> challenger);

/// On a grid of 33 x 33 nodes, lines by marching squares.
EqualityCurve equality_curve(const LawEvidence& baseline, const LawEvidence& challenger, const PlaneRange& range, double confidence);

/// Zero lines of values[i * columns + j] at (x[i], y[j]), linear between nodes, pieces joined end to end. NaN cells are passed over.
std::vector<Polyline> zero_lines(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& values);

}  // namespace overtake
