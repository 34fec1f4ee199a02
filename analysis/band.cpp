// A band that holds at all points of a curve at once.
#include "analysis/band.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/statistics.hpp"

namespace overtake {

double SimultaneousBand::exceedance(double multiple) const {
    auto first = std::lower_bound(largest.begin(), largest.end(), multiple);
    return (1 + static_cast<double>(largest.end() - first)) / (1 + static_cast<double>(largest.size()));
}

SimultaneousBand simultaneous_band(std::span<const std::vector<double>> deviations, double confidence) {
    SimultaneousBand band;
    std::vector<const std::vector<double>*> sound;
    for (const auto& row : deviations) {
        if (std::none_of(row.begin(), row.end(), [](double x) { return std::isnan(x); })) {
            sound.push_back(&row);
        }
    }
    std::size_t points = sound.empty() ? 0 : sound[0]->size();
    for (std::size_t j = 0; j < points; ++j) {
        std::vector<double> column;
        for (const auto* row : sound) {
            column.push_back((*row)[j]);
        }
        // The middle 68 % stand for the standard deviation: one wild draw must not set the band's shape.
        Interval middle = percentile_interval(column, 0.6826894921);
        band.spread.push_back(std::max(0.5 * (middle.high - middle.low), 1e-12));
    }
    for (const auto* row : sound) {
        double most = 0;
        for (std::size_t j = 0; j < points; ++j) {
            double multiple = std::isinf(band.spread[j]) ? 0 : std::abs((*row)[j]) / band.spread[j];
            most = std::max(most, multiple);
        }
        band.largest.push_back(most);
    }
    std::sort(band.largest.begin(), band.largest.end());
    band.critical = quantile(band.largest, confidence);
    return band;
}

}  // namespace overtake
