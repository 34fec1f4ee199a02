// Everything about one pair side by side: laws, gap with its band, tests, models of the difference, verdicts under every convention.
#pragma once

#include <span>
#include <string>

#include "analysis/convention_check.hpp"
#include "analysis/study.hpp"

namespace overtake {

struct PairView {
    const Study& study;
    const Comparison& comparison;
    std::span<const ConventionCheck> checks;
    std::vector<double> log10_flops;   // where the gap is told; empty: seven places across the data
};

/// For a terminal: headings and tables.
std::string pair_as_text(const PairView& view);

/// {"comparisons": [...], "source", "left_out", "left_out_points", "remarks", "comparisons_checked", "comparisons_changing_with_convention"}, these two where several conventions
/// were asked for. Each comparison is what `crossover --json` says and: "laws" by scheme (E, A, B, alpha,
/// beta, intervals, rows, flags), "floor_test" (statistic, degrees, p_value, shared), "seed_correlation", "gap": [{"log10_flops", "gap", "interval"}] in a
/// band that holds at all of them at once, "paired_line" (level at "centre", slope per decade, intervals, relation; null without four common cells),
/// "power_law_gap" {c, a, alpha, b, beta} and "log_line_gap" {c, n, d} (null without enough pairs), "conventions", "changes_with_convention", "flags_of_points".
std::string pairs_as_json(std::span<const PairView> views, const ObservationSet& set);

}  // namespace overtake
