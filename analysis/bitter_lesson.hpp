// The bitter-lesson figure: do schemes with fewer numbers fixed by hand gain on RoPE as compute grows?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/figure.hpp"
#include "analysis/gap_line.hpp"
#include "analysis/study.hpp"
#include "analysis/tables.hpp"

namespace overtake {

struct BitterPoint {
    std::string scheme, scheme_class;
    int constants = 0;   // sweeps/hand_fixed_constants.hpp
    GapLine line;        // against the baseline: gap at the mean C, and its slope per decade, with intervals
};

/// Every scheme whose constants are known and that has four cells or more with the baseline, by constants, then name. Intervals hold one by one.
std::vector<BitterPoint> bitter_points(const Study& study);

/// Kendall's tau-b between constants and slopes, and the chance of one as far from 0 if constants were dealt out at random (10,000 shuffles, seed 0).
/// Schemes that share a baseline share its noise, and schemes are no random sample: it describes these schemes. nullopt below 5 points or with all constants equal.
struct BitterTrend {
    double tau = 0, p_value = 1;
};
std::optional<BitterTrend> bitter_trend(const std::vector<BitterPoint>& points);

/// Two panels over the number of constants: gap and slope. nullopt without a point.
std::optional<Figure> bitter_lesson_figure(const Study& study);

/// The same as a table.
Table bitter_lesson_table(const Study& study);

}  // namespace overtake
