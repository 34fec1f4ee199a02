// Which model fits paired differences better, a power-law gap or a straight line, and how sure its numbers are.
#pragma once

#include <map>
#include <string>

#include "analysis/gap_models.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

struct GapModelFit {
    std::map<std::string, double> numbers;        // c a b alpha beta, or c n d
    std::map<std::string, Interval> intervals;
    double squares = 0, aic = 0, bic = 0;
};

struct GapComparison {
    std::size_t pairs = 0, cells = 0;
    GapModelFit power_law, line;
    bool power_law_preferred = false;             // by BIC
};

/// Least squares of both models. AIC = n ln(RSS / n) + 2 p, BIC = n ln(RSS / n) + p ln n, with p = 6 and 4 (one is the noise).
/// Intervals: percentile, over draws of pairs within cells (m - 1 of m, weighing m / (m - 1); single pairs among themselves), seeded.
/// Assumes gaps of equal noise, independent between pairs. nullopt where gap_models has it.
std::optional<GapComparison> compare_gap_models(std::span<const PairedGap> gaps, std::size_t draws, std::uint64_t seed, double confidence);

}  // namespace overtake
