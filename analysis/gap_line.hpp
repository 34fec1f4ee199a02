// A straight line in log C through paired differences: a gap and how it changes with compute, without any law of loss.
#pragma once

#include <optional>
#include <span>

#include "analysis/crossover.hpp"
#include "analysis/observations.hpp"

namespace overtake {

/// gap(C) = level + slope (log10 C - centre), least squares over the cells that both schemes have, each cell one point: the mean over seeds of
/// challenger minus baseline at equal (cell, seed), at the mean of both schemes' log10 C. What the line misses in a cell counts as noise.
/// Assumes that cells miss the line independently and equally. Intervals: Student's t with cells - 2 degrees of freedom; the band holds at all C at
/// once (Working and Hotelling 1929): half width sqrt(2 F(2, cells - 2)) standard errors.
struct GapLine {
    std::size_t cells = 0, pairs = 0;
    double centre = 0;                 // mean log10 C
    double level = 0, slope = 0;       // nats per token; and per decade of C
    Interval level_interval, slope_interval;
    double low_log10_flops = 0, high_log10_flops = 0;
    double residual = 0;               // standard deviation of a cell about the line
    double spread = 0;                 // sum of squared distances of log10 C from the centre
    double confidence = 0.95;

    double at(double log10_flops) const { return level + slope * (log10_flops - centre); }
    Interval band(double log10_flops) const;
};

/// nullopt below 4 common cells, or where they all have one C.
std::optional<GapLine> fit_gap_line(std::span<const Observation> baseline, std::span<const Observation> challenger, double confidence);

/// The relation of design 9a that the line's band shows between its lowest and its highest C.
Relation relation_of(const GapLine& line, double delta_nats);

}  // namespace overtake
