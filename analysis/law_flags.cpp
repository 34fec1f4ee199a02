// Intervals of a scheme's law, and the flags that need more than one fit.
#include "analysis/law_flags.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/joint_fit.hpp"
#include "analysis/parallel.hpp"
#include "analysis/quantile_error.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr double profile_disagreement = 3;   // ratio of widths in logarithms
constexpr double widest_share = 0.4;          // of an interval, in its quantity
constexpr double steepest_end = 2;            // of an exponent's interval

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

void add_profiles(std::span<SchemeLaw* const> group, const FitOptions& options, const Sharing& sharing, double confidence, int threads) {
    ProfileProblem problem{{}, {}, options.constraints, sharing, options.delta, confidence};
    for (const SchemeLaw* s : group) {
        problem.points.push_back(s->points);
        problem.laws.push_back(s->law);
    }
    static constexpr const char* names[] = {"E", "A", "B", "alpha", "beta"};
    std::vector<std::optional<ProfileInterval>> found(5 * group.size());
    for_chunks(found.size(), threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            found[i] = profile_interval(problem, i / 5, names[i % 5]);
        }
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i]) {
            group[i / 5]->profiles[names[i % 5]] = *found[i];
        }
    }
}

void add_intervals(SchemeLaw& s, const std::vector<PowerLaw>& draws, double confidence) {
    for (const char* name : {"E", "A", "B", "alpha", "beta", "N_exponent"}) {
        std::vector<double> values;
        for (const PowerLaw& law : draws) {
            values.push_back(law_quantity(law, s.cost, name));
        }
        s.intervals[name] = percentile_interval(values, confidence);
        s.interval_errors[name] = percentile_errors(std::move(values), confidence);
    }
}

void flag_intervals(SchemeLaw& s) {
    double smallest = *std::min_element(s.points.loss().begin(), s.points.loss().end());
    for (const char* name : {"E", "alpha", "beta"}) {
        Interval i = s.intervals[name];
        double share = (i.high - i.low) / std::abs(law_quantity(s.law, s.cost, name));
        if (!(share <= widest_share)) {
            s.flags.push_back(std::string("interval of ") + name + (share <= 1 ? " wider than 40 % of its value: poorly identified" : " wider than its value: not identified"));
        }
    }
    if (s.intervals["E"].low < 0.05 * smallest && s.law.E >= 0.02 * smallest) {
        s.flags.push_back("interval of E reaches 0: not identified");
    }
    if (s.intervals["alpha"].low < 0.02 || s.intervals["beta"].low < 0.02 || s.intervals["alpha"].high > steepest_end || s.intervals["beta"].high > steepest_end) {
        s.flags.push_back("interval of an exponent reaches the edge of what is plausible");
    }
    for (const auto& [name, profile] : s.profiles) {
        if (profile.low_open || profile.high_open) {
            s.flags.push_back("profile of " + name + " open " + (profile.low_open && profile.high_open ? "on both sides" : profile.low_open ? "below" : "above") +
                              ": not identified");
            continue;
        }
        // In logarithms, because A and B are skew.
        double by_profile = std::log(profile.interval.high / profile.interval.low), by_draws = std::log(s.intervals[name].high / s.intervals[name].low);
        if (std::max(by_profile, by_draws) > profile_disagreement * std::min(by_profile, by_draws)) {
            s.flags.push_back("profile and bootstrap intervals of " + name + " differ by more than a factor 3");
        }
    }
}

void flag_deciding_points(SchemeLaw& s, const LawConstraints& constraints, bool floor_shared, double delta) {
    LawConstraints held = constraints;
    held.held.E = floor_shared ? s.law.E : held.held.E;
    LawMap map(std::span(&s.points, 1), held, parse_sharing("none"));
    std::vector<double> start = joint_numbers(map, std::span(&s.points, 1), std::span(&s.law, 1));
    std::vector<double> metric = joint_inverse_hessian(map, std::span(&s.points, 1), start, delta, s.fit.robust_sd);
    std::vector<double> weights(s.points.size(), 1);
    std::size_t deciding = 0, first = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = 0;
        LawPoints others = s.points.with_weights(weights);
        weights[i] = 1;
        PowerLaw law = descend_joint(map, std::span(&others, 1), start, delta, metric).laws[0];
        bool leaves = false;
        for (const char* name : {"E", "alpha", "beta"}) {
            auto profile = s.profiles.find(name);
            bool closed = profile != s.profiles.end() && !profile->second.low_open && !profile->second.high_open;
            double value = law_quantity(law, s.cost, name);
            leaves = leaves || (closed && (value < profile->second.interval.low || value > profile->second.interval.high));
        }
        first = leaves && deciding == 0 ? i : first;
        deciding += leaves ? 1 : 0;
    }
    if (deciding > 0) {
        s.flags.push_back("without one point a parameter leaves its profile interval (" + counted(deciding, "such point") + ", the first at N " +
                          with_unit(s.observations[first].parameters) + ", D " + with_unit(s.observations[first].tokens) + ")");
    }
}

void flag_cost(SchemeLaw& s, const std::string& unit) {
    if (s.cost.worst_error > 0.05) {
        s.flags.push_back("cost law misses " + (unit == "FLOPs" ? "counted " + unit : "measured " + unit) + " by up to " + std::to_string(std::lround(100 * s.cost.worst_error)) + " %");
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
