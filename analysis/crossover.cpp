// Where the difference of two frontiers changes sign, and how sure that is.
#include "analysis/crossover.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/verdict.hpp"

namespace overtake {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double search_decades = 3;  // beyond the data, for intervals; further out counts as infinitely far

/// Loss of a law at a compute, along the frontier or along a ray of fixed tokens per parameter (ratio > 0).
double loss_along(const PowerLaw& law, const CostLaw& cost, double log10_flops, double ratio) {
    double flops = std::pow(10.0, log10_flops);
    return ratio > 0 ? fixed_ratio(law, cost, flops, ratio).loss : frontier(law, cost, flops).loss;
}

struct Pair {
    const LawEvidence& baseline;
    const LawEvidence& challenger;
    double ratio = 0;

    GapFunction gap(const PowerLaw& b, const PowerLaw& c) const {
        return [this, b, c](double x) {
            return loss_along(c, challenger.cost, x, ratio) - loss_along(b, baseline.cost, x, ratio);
        };
    }
};

/// The root of a draw that plays the part of `reference`, or an infinity on the side where it must be.
double matching_root(const GapFunction& gap, const Root& reference, double low, double high) {
    double best = std::numeric_limits<double>::quiet_NaN();
    for (const Root& root : find_roots(gap, low, high)) {
        if (root.challenger_gains == reference.challenger_gains &&
            !(std::abs(root.log10_flops - reference.log10_flops) >= std::abs(best - reference.log10_flops))) {
            best = root.log10_flops;
        }
    }
    if (std::isfinite(best)) {
        return best;
    }
    double here = gap(reference.log10_flops);
    if (!std::isfinite(here)) {
        return here * 0;
    }
    bool already = (here < 0) == reference.challenger_gains;
    return already ? -infinity : infinity;
}

std::vector<Crossing> crossings_of(const Pair& pair, double low, double high, const ComparisonOptions& options, double horizon_low,
                                   double horizon_high) {
    std::vector<Crossing> out;
    for (const Root& root : find_roots(pair.gap(pair.baseline.law, pair.challenger.law), horizon_low, horizon_high)) {
        std::vector<double> draws, left_out, sizes, budgets;
        for (std::size_t i = 0; i < pair.baseline.draws.size(); ++i) {
            double x = matching_root(pair.gap(pair.baseline.draws[i], pair.challenger.draws[i]), root, low - search_decades, high + search_decades);
            draws.push_back(x);
            if (std::isfinite(x)) {
                FrontierPoint at = pair.ratio > 0 ? fixed_ratio(pair.baseline.draws[i], pair.baseline.cost, std::pow(10.0, x), pair.ratio)
                                                  : frontier(pair.baseline.draws[i], pair.baseline.cost, std::pow(10.0, x));
                sizes.push_back(std::log10(at.parameters));
                budgets.push_back(std::log10(at.tokens));
            }
        }
        for (std::size_t i = 0; i < pair.baseline.jackknife.size(); ++i) {
            left_out.push_back(matching_root(pair.gap(pair.baseline.jackknife[i], pair.challenger.jackknife[i]), root, low - search_decades, high + search_decades));
        }
        Crossing c;
        c.log10_flops = root.log10_flops;
        c.challenger_gains = root.challenger_gains;
        c.interval = bca_interval(draws, root.log10_flops, left_out, options.confidence);
        double flops = std::pow(10.0, root.log10_flops);
        FrontierPoint at = pair.ratio > 0 ? fixed_ratio(pair.baseline.law, pair.baseline.cost, flops, pair.ratio)
                                          : frontier(pair.baseline.law, pair.baseline.cost, flops);
        c.parameters = at.parameters;
        c.tokens = at.tokens;
        c.log10_parameters = percentile_interval(sizes, options.confidence);
        c.log10_tokens = percentile_interval(budgets, options.confidence);
        out.push_back(c);
    }
    return out;
}

bool has_frontier(const LawEvidence& baseline, const LawEvidence& challenger, double low, double high) {
    auto near_data = [&](const LawEvidence& evidence, const PowerLaw& law) { return frontier_near_data(evidence, law, low, high); };
    auto sound = [&](const PowerLaw& b, const PowerLaw& c) { return near_data(baseline, b) && near_data(challenger, c); };
    std::size_t finite = 0;
    for (std::size_t i = 0; i < baseline.draws.size(); ++i) {
        finite += sound(baseline.draws[i], challenger.draws[i]) ? 1 : 0;
    }
    return sound(baseline.law, challenger.law) && 10 * finite >= 9 * baseline.draws.size();
}

}  // namespace

bool frontier_near_data(const LawEvidence& evidence, const PowerLaw& law, double low_log10_flops, double high_log10_flops) {
    constexpr double farthest = 10;
    for (double log10_flops : {low_log10_flops, high_log10_flops}) {
        FrontierPoint at = frontier(law, evidence.cost, std::pow(10.0, log10_flops));
        if (!std::isfinite(at.loss) || at.parameters < evidence.low_parameters / farthest ||
            at.parameters > evidence.high_parameters * farthest) {
            return false;
        }
    }
    return true;
}

std::vector<Root> find_roots(const GapFunction& gap, double low, double high) {
    std::vector<Root> roots;
    int steps = std::max(2, static_cast<int>(std::ceil((high - low) * 40)));
    double left = low, at_left = gap(low);
    for (int i = 1; i <= steps; ++i) {
        double right = low + (high - low) * i / steps, at_right = gap(right);
        if (at_right == 0 && std::isfinite(at_left) && at_left != 0) {
            continue;  // a zero on the grid itself: the sign change shows at the next point
        }
        if (std::isfinite(at_left) && std::isfinite(at_right) && at_left != 0 && (at_left < 0) != (at_right < 0)) {
            double a = left, b = right;
            while (b - a > 1e-10) {
                double middle = 0.5 * (a + b);
                if ((gap(middle) < 0) == (at_left < 0)) {
                    a = middle;
                } else {
                    b = middle;
                }
                if (middle == a && middle == b) {
                    break;
                }
            }
            roots.push_back({0.5 * (a + b), at_left > 0});
        }
        left = right;
        at_left = at_right;
    }
    return roots;
}

GapBand gap_band(const LawEvidence& baseline, const LawEvidence& challenger, std::span<const double> log10_flops, double confidence,
                 double tokens_per_parameter) {
    Pair pair{baseline, challenger, tokens_per_parameter};
    std::size_t points = log10_flops.size();
    GapBand band{{log10_flops.begin(), log10_flops.end()}, {}, {}, {}};
    auto estimate = pair.gap(baseline.law, challenger.law);
    for (double x : log10_flops) {
        band.gap.push_back(estimate(x));
    }
    std::vector<std::vector<double>> deviation;
    for (std::size_t i = 0; i < baseline.draws.size(); ++i) {
        auto gap = pair.gap(baseline.draws[i], challenger.draws[i]);
        std::vector<double> row;
        for (std::size_t j = 0; j < points; ++j) {
            row.push_back(gap(log10_flops[j]) - band.gap[j]);
        }
        if (std::all_of(row.begin(), row.end(), [](double x) { return std::isfinite(x); })) {
            deviation.push_back(row);
        }
    }
    // The spread of the middle 68 % stands for the standard deviation: one wild draw must not set the band's shape.
    std::vector<double> spread(points);
    for (std::size_t j = 0; j < points; ++j) {
        std::vector<double> column;
        for (const auto& row : deviation) {
            column.push_back(row[j]);
        }
        Interval middle = percentile_interval(column, 0.6826894921);
        spread[j] = std::max(0.5 * (middle.high - middle.low), 1e-12);
    }
    std::vector<double> largest;
    for (const auto& row : deviation) {
        double most = 0;
        for (std::size_t j = 0; j < points; ++j) {
            most = std::max(most, std::abs(row[j]) / spread[j]);
        }
        largest.push_back(most);
    }
    std::sort(largest.begin(), largest.end());
    double critical = quantile(largest, confidence);
    for (std::size_t j = 0; j < points; ++j) {
        band.low.push_back(band.gap[j] - critical * spread[j]);
        band.high.push_back(band.gap[j] + critical * spread[j]);
    }
    return band;
}

Comparison compare(const LawEvidence& baseline, const LawEvidence& challenger, std::span<const GapOpinion> opinions,
                   const ComparisonOptions& options) {
    Comparison out;
    out.baseline = baseline.name;
    out.challenger = challenger.name;
    out.options = options;
    out.low_log10_flops = std::max(baseline.low_log10_flops, challenger.low_log10_flops);
    out.high_log10_flops = std::min(baseline.high_log10_flops, challenger.high_log10_flops);
    double low = out.low_log10_flops, high = out.high_log10_flops;
    out.horizon_log10_flops = high + options.horizon_decades;
    if (!(high - low > 0.1)) {
        out.reason = "the two share less than a tenth of a decade of compute";
        out.sentence = verdict_sentence(out);
        return out;
    }
    if (!has_frontier(baseline, challenger, low, high)) {
        out.at_fixed_ratio = true;
        double ratio = options.tokens_per_parameter;
        double smallest = std::max(baseline.low_parameters, challenger.low_parameters);
        double largest = std::min(baseline.high_parameters, challenger.high_parameters);
        low = out.low_log10_flops = std::log10(baseline.cost.flops(smallest, ratio * smallest));
        high = out.high_log10_flops = std::log10(baseline.cost.flops(largest, ratio * largest));
        out.horizon_log10_flops = high + options.horizon_decades;
    }
    Pair ray{baseline, challenger, options.tokens_per_parameter};
    Pair pair{baseline, challenger, out.at_fixed_ratio ? options.tokens_per_parameter : 0};
    double finite = 0;
    for (std::size_t i = 0; i < baseline.draws.size(); ++i) {
        auto gap = pair.gap(baseline.draws[i], challenger.draws[i]);
        if (!std::isfinite(gap(low)) || !std::isfinite(gap(high))) {
            continue;
        }
        ++finite;
        std::size_t roots = find_roots(gap, low - options.horizon_decades, high + options.horizon_decades).size();
        out.probability[std::min<std::size_t>(roots, 2)] += 1;
    }
    for (double& p : out.probability) {
        p /= std::max(finite, 1.0);
    }
    if (!(high - low > 0.1) || finite < 20 || finite < 0.9 * static_cast<double>(baseline.draws.size())) {
        out.reason = "the laws can be compared neither along frontiers nor at fixed tokens per parameter";
        out.sentence = verdict_sentence(out);
        return out;
    }
    std::vector<double> grid, beyond;
    constexpr int steps = 48;
    for (int i = 0; i <= steps; ++i) {
        grid.push_back(low + (high - low) * i / steps);
        beyond.push_back(low + (out.horizon_log10_flops - low) * i / steps);
    }
    out.band = gap_band(baseline, challenger, grid, options.confidence, pair.ratio);
    out.crossings = crossings_of(pair, low, high, options, low - options.horizon_decades, out.horizon_log10_flops);
    out.ratio_crossings = crossings_of(ray, low, high, options, low - options.horizon_decades, out.horizon_log10_flops);
    if (out.at_fixed_ratio) {
        out.opinions_not_crossing.push_back("the laws have no frontier");
    }
    for (const GapOpinion& opinion : opinions) {
        auto roots = find_roots(opinion.gap, high, out.horizon_log10_flops);
        (roots.empty() ? out.opinions_not_crossing : out.opinions_crossing).push_back(opinion.name);
    }
    decide(out, gap_band(baseline, challenger, beyond, options.confidence, pair.ratio));
    out.sentence = verdict_sentence(out);
    return out;
}

}  // namespace overtake
