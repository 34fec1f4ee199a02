// A straight line in log C through paired differences.
#include "analysis/gap_line.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/student.hpp"

namespace overtake {

namespace {

struct CellGap {
    double log10_flops = 0, gap = 0;
};

std::vector<CellGap> cell_gaps(std::span<const Observation> baseline, std::span<const Observation> challenger, std::size_t& pairs) {
    std::map<std::pair<std::string, std::int64_t>, const Observation*> of_baseline;
    for (const Observation& o : baseline) {
        of_baseline[{o.cell, o.seed}] = &o;
    }
    struct Sums {
        double flops = 0, gap = 0, count = 0;
    };
    std::map<std::string, Sums> cells;
    for (const Observation& o : challenger) {
        if (const auto found = of_baseline.find({o.cell, o.seed}); found != of_baseline.end()) {
            Sums& sums = cells[o.cell];
            sums.flops += (std::log10(o.flops) + std::log10(found->second->flops)) / 2;
            sums.gap += o.loss - found->second->loss;
            ++sums.count;
            ++pairs;
        }
    }
    std::vector<CellGap> out;
    for (const auto& [cell, sums] : cells) {
        out.push_back({sums.flops / sums.count, sums.gap / sums.count});
    }
    return out;
}

}  // namespace

Interval GapLine::band(double log10_flops) const {
    const double degrees = static_cast<double>(cells) - 2, n = static_cast<double>(cells);
    const double f = degrees / 2 * (std::pow(1 - confidence, -2 / degrees) - 1);  // P(F(2, degrees) > f) = (1 + 2 f / degrees)^(-degrees / 2)
    const double error = residual * std::sqrt(1 / n + (log10_flops - centre) * (log10_flops - centre) / spread);
    const double half = std::sqrt(2 * f) * error;
    return {at(log10_flops) - half, at(log10_flops) + half};
}

std::optional<GapLine> fit_gap_line(std::span<const Observation> baseline, std::span<const Observation> challenger, double confidence) {
    GapLine line;
    const std::vector<CellGap> gaps = cell_gaps(baseline, challenger, line.pairs);
    line.cells = gaps.size();
    if (line.cells < 4) {
        return std::nullopt;
    }
    line.confidence = confidence;
    line.low_log10_flops = line.high_log10_flops = gaps[0].log10_flops;
    const double n = static_cast<double>(line.cells);
    for (const CellGap& g : gaps) {
        line.centre += g.log10_flops / n;
        line.level += g.gap / n;
        line.low_log10_flops = std::min(line.low_log10_flops, g.log10_flops);
        line.high_log10_flops = std::max(line.high_log10_flops, g.log10_flops);
    }
    double product = 0;
    for (const CellGap& g : gaps) {
        line.spread += (g.log10_flops - line.centre) * (g.log10_flops - line.centre);
        product += (g.log10_flops - line.centre) * (g.gap - line.level);
    }
    if (line.spread < 1e-6) {
        return std::nullopt;
    }
    line.slope = product / line.spread;
    double squares = 0;
    for (const CellGap& g : gaps) {
        squares += (g.gap - line.at(g.log10_flops)) * (g.gap - line.at(g.log10_flops));
    }
    line.residual = std::sqrt(squares / (n - 2));
    const double t = student_quantile(0.5 + confidence / 2, n - 2);
    const double of_level = t * line.residual / std::sqrt(n), of_slope = t * line.residual / std::sqrt(line.spread);
    line.level_interval = {line.level - of_level, line.level + of_level};
    line.slope_interval = {line.slope - of_slope, line.slope + of_slope};
    return line;
}

Relation relation_of(const GapLine& line, double delta_nats) {
    constexpr int points = 100;
    double lowest_high = INFINITY, highest_high = -INFINITY, lowest_low = INFINITY, highest_low = -INFINITY;
    for (int i = 0; i <= points; ++i) {
        const Interval band = line.band(line.low_log10_flops + (line.high_log10_flops - line.low_log10_flops) * i / points);
        lowest_high = std::min(lowest_high, band.high);
        highest_high = std::max(highest_high, band.high);
        lowest_low = std::min(lowest_low, band.low);
        highest_low = std::max(highest_low, band.low);
    }
    const Interval first = line.band(line.low_log10_flops), last = line.band(line.high_log10_flops);
    if (first.low > delta_nats && last.high < -delta_nats) {
        return Relation::overtakes;
    }
    if (first.high < -delta_nats && last.low > delta_nats) {
        return Relation::overtaken;
    }
    if (highest_high < delta_nats && lowest_high < -delta_nats) {
        return Relation::leads;
    }
    if (lowest_low > -delta_nats && highest_low > delta_nats) {
        return Relation::trails;
    }
    return highest_high < delta_nats && lowest_low > -delta_nats ? Relation::equivalent : Relation::not_determined;
}

}  // namespace overtake
