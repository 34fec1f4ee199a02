// Models of the difference between two schemes, fitted to paired differences: a power-law gap and a straight line.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/observations.hpp"

namespace overtake {

/// Loss of the challenger minus loss of the baseline at one (cell, seed); N and D of the baseline.
struct PairedGap {
    double parameters = 0, tokens = 0, gap = 0;
    double weight = 1;
};

std::vector<PairedGap> paired_gaps(std::span<const Observation> baseline, std::span<const Observation> challenger);

/// c + a N^-alpha + b D^-beta, exponents in 0.02 .. 1.5, weighted least squares.
struct PowerLawGap {
    double c = 0, a = 0, b = 0, alpha = 0, beta = 0;
    double at(double parameters, double tokens) const;
};

/// c + n ln N + d ln D, weighted least squares.
struct LogLineGap {
    double c = 0, n = 0, d = 0;
    double at(double parameters, double tokens) const;
};

/// nullopt below 6 pairs or without 3 different N and 3 different D.
std::optional<PowerLawGap> fit_power_law_gap(std::span<const PairedGap> gaps);
std::optional<LogLineGap> fit_log_line_gap(std::span<const PairedGap> gaps);

}  // namespace overtake
