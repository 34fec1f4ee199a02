// Intervals of a scheme's law, and the flags that need more than one fit.
#include "analysis/law_flags.hpp"

#include <algorithm>
#include <cmath>

namespace overtake {

namespace {

/// Mean square of the cell means of the residuals over that of the deviations within cells: 1 if seeds explain all, large if the law
/// misses whole cells. 0 with fewer than 6 degrees of freedom within cells, or none left between them.
double lack_of_fit(const SchemeLaw& s) {
    std::map<std::string, std::vector<double>> cells;
    std::vector<double> residuals = law_residuals(s.points, s.law);
    for (std::size_t i = 0; i < residuals.size(); ++i) {
        cells[s.observations[i].cell].push_back(residuals[i]);
    }
    double between = 0, within = 0;
    for (const auto& [cell, values] : cells) {
        double mean = 0;
        for (double r : values) {
            mean += r / static_cast<double>(values.size());
        }
        between += mean * mean * static_cast<double>(values.size());
        for (double r : values) {
            within += (r - mean) * (r - mean);
        }
    }
    double cells_free = static_cast<double>(cells.size()) - 5, seeds_free = static_cast<double>(residuals.size() - cells.size());
    return cells_free < 1 || seeds_free < 6 ? 0 : (between / cells_free) / std::max(within / seeds_free, 1e-300);
}

}  // namespace

void add_intervals(SchemeLaw& s, const std::vector<PowerLaw>& draws, double confidence) {
    for (const char* name : {"E", "A", "B", "alpha", "beta", "N_exponent"}) {
        std::vector<double> values;
        for (const PowerLaw& law : draws) {
            values.push_back(law_quantity(law, s.cost, name));
        }
        s.intervals[name] = percentile_interval(values, confidence);
    }
    for (const char* name : {"E", "alpha", "beta"}) {
        Interval i = s.intervals[name];
        if (!(i.high - i.low <= std::abs(law_quantity(s.law, s.cost, name)))) {
            s.flags.push_back(std::string("interval of ") + name + " wider than its value: not identified");
        }
    }
    double smallest = *std::min_element(s.points.loss().begin(), s.points.loss().end());
    if (s.intervals["E"].low < 0.05 * smallest && s.law.E >= 0.02 * smallest) {
        s.flags.push_back("interval of E reaches 0: not identified");
    }
    if (s.intervals["alpha"].low < 0.02 || s.intervals["beta"].low < 0.02 || s.intervals["alpha"].high > 3 || s.intervals["beta"].high > 3) {
        s.flags.push_back("interval of an exponent reaches the edge of what is plausible");
    }
}

void flag_cost(SchemeLaw& s) {
    if (s.cost.worst_error > 0.05) {
        s.flags.push_back("cost law misses counted FLOPs by up to " + std::to_string(std::lround(100 * s.cost.worst_error)) + " %");
    }
}

void flag_untuned(SchemeLaw& s) {
    const auto untuned = std::count_if(s.observations.begin(), s.observations.end(), [](const Observation& o) { return o.untuned; });
    if (untuned > 0) {
        s.flags.push_back("untuned: " + std::to_string(untuned) + " of its " + std::to_string(s.observations.size()) +
                          " trials have a learning rate or knob that [tune] flagged, so it may be better than shown");
    }
}

void flag_lack_of_fit(SchemeLaw& s) {
    if (double ratio = lack_of_fit(s); ratio > 10) {
        s.flags.push_back("the law misses whole cells: " + std::to_string(std::lround(std::min(ratio, 1e6))) +
                          " times the seeds' variance; intervals hold for the fitted curve only");
    }
}

}  // namespace overtake
