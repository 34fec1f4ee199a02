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

/// The root of a draw that plays the part of `reference`, or an infinity on the side where it must be.
double matching_root(const PathLaw& baseline, const PathLaw& challenger, const Root& reference, double low, double high) {
    double best = std::numeric_limits<double>::quiet_NaN();
    for (const Root& root : path_roots(baseline, challenger, low, high)) {
        if (root.challenger_gains == reference.challenger_gains &&
            !(std::abs(root.log10_flops - reference.log10_flops) >= std::abs(best - reference.log10_flops))) {
            best = root.log10_flops;
        }
    }
    if (std::isfinite(best)) {
        return best;
    }
    double here = challenger.loss(reference.log10_flops) - baseline.loss(reference.log10_flops);
    if (!std::isfinite(here)) {
        return here * 0;
    }
    bool already = (here < 0) == reference.challenger_gains;
    return already ? -infinity : infinity;
}

Interval hull(const Interval& a, const Interval& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

CrossingSize hull(const CrossingSize& a, const CrossingSize& b) {
    return {hull(a.log10_parameters, b.log10_parameters), hull(a.log10_tokens, b.log10_tokens)};
}

/// The crossing that plays the part of `reference` on the path's own laws.
double root_under(const GapPath& path, const Root& reference, double low, double high) {
    return matching_root(path.baseline_path(path.baseline.law), path.challenger_path(path.challenger.law), reference, low, high);
}

/// Of that crossing; all beyond `reference`, where there is none.
Interval interval_under(const GapPath& path, const Root& reference, double low, double high, double confidence) {
    double root = root_under(path, reference, low, high);
    if (std::isfinite(root)) {
        return studentised_interval(path, root, confidence, low, high);
    }
    return root < 0 ? Interval{-infinity, reference.log10_flops} : root > 0 ? Interval{reference.log10_flops, infinity} : Interval{-infinity, infinity};
}

std::vector<Crossing> crossings_of(const GapPath& path, double low, double high, const ComparisonOptions& options, const OtherFloor* other) {
    std::vector<Crossing> out;
    double search_low = low - search_decades, search_high = high + search_decades;
    const LawEvidence &b = path.baseline, &c = path.challenger;
    for (const Root& root : path_roots(path.baseline_path(b.law), path.challenger_path(c.law), low - options.horizon_decades, high + options.horizon_decades)) {
        auto roots_among = [&](std::span<const PowerLaw> of_b, std::span<const PowerLaw> of_c) {
            std::vector<double> roots;
            for (std::size_t i = 0; i < of_b.size(); ++i) {
                roots.push_back(matching_root(path.baseline_path(of_b[i]), path.challenger_path(of_c[i]), root, search_low, search_high));
            }
            return roots;
        };
        Crossing crossing;
        crossing.log10_flops = root.log10_flops;
        crossing.challenger_gains = root.challenger_gains;
        crossing.interval = studentised_interval(path, root.log10_flops, options.confidence, search_low, search_high);
        if (other != nullptr) {
            const GapPath apart{other->baseline, other->challenger, path.ratio};
            crossing.interval_apart = interval_under(apart, root, search_low, search_high, options.confidence);
            crossing.interval = other->in_doubt ? hull(crossing.interval, crossing.interval_apart) : crossing.interval;
        }
        crossing.bootstrap_interval = bca_interval(roots_among(b.draws, c.draws), root.log10_flops, roots_among(b.jackknife, c.jackknife), options.confidence);
        FrontierPoint at = path.baseline_point(b.law, root.log10_flops);
        crossing.parameters = at.parameters;
        crossing.tokens = at.tokens;
        CrossingSize size = size_intervals(path, root.log10_flops, crossing.interval, options.confidence);
        if (other != nullptr && other->in_doubt && !(path.ratio > 0)) {
            const GapPath apart{other->baseline, other->challenger, path.ratio};
            const double again = root_under(apart, root, search_low, search_high);
            size = std::isfinite(again) ? hull(size, size_intervals(apart, again, crossing.interval, options.confidence)) : size;
        }
        crossing.log10_parameters = size.log10_parameters;
        crossing.log10_tokens = size.log10_tokens;
        out.push_back(crossing);
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

GapBand gap_band(const LawEvidence& baseline, const LawEvidence& challenger, std::span<const double> log10_flops, double confidence,
                 double tokens_per_parameter) {
    GapPath path{baseline, challenger, tokens_per_parameter};
    std::size_t points = log10_flops.size();
    GapBand band{{log10_flops.begin(), log10_flops.end()}, {}, {}, {}, {}};
    for (double x : log10_flops) {
        band.gap.push_back(path.gap(x));
    }
    std::vector<std::vector<double>> deviation;
    for (std::size_t i = 0; i < baseline.draws.size(); ++i) {
        PathLaw b = path.baseline_path(baseline.draws[i]), c = path.challenger_path(challenger.draws[i]);
        std::vector<double> row;
        for (std::size_t j = 0; j < points; ++j) {
            row.push_back(c.loss(log10_flops[j]) - b.loss(log10_flops[j]) - band.gap[j]);
        }
        if (std::all_of(row.begin(), row.end(), [](double x) { return std::isfinite(x); })) {
            deviation.push_back(row);
        }
    }
    band.draws = simultaneous_band(deviation, confidence);
    for (std::size_t j = 0; j < points; ++j) {
        double reach = band.draws.spread.empty() ? NAN : band.draws.critical * band.draws.spread[j];
        band.low.push_back(band.gap[j] - reach);
        band.high.push_back(band.gap[j] + reach);
    }
    return band;
}

namespace {

struct BothFloors {
    GapBand hull, apart;
};

/// The band with what E is taken to be, widened to hold with separate E too. Where the laws apart have no finite band, nothing is known: the hull is open.
BothFloors both_bands(const LawEvidence& baseline, const LawEvidence& challenger, const OtherFloor* other, std::span<const double> log10_flops, double confidence,
                      double tokens_per_parameter) {
    BothFloors both{gap_band(baseline, challenger, log10_flops, confidence, tokens_per_parameter), {}};
    if (other == nullptr) {
        return both;
    }
    both.apart = gap_band(other->baseline, other->challenger, log10_flops, confidence, tokens_per_parameter);
    for (std::size_t i = 0; i < both.hull.gap.size(); ++i) {
        both.hull.low[i] = std::isfinite(both.apart.low[i]) ? std::min(both.hull.low[i], both.apart.low[i]) : -infinity;
        both.hull.high[i] = std::isfinite(both.apart.high[i]) ? std::max(both.hull.high[i], both.apart.high[i]) : infinity;
    }
    return both;
}

void widen(EffectiveCompute& curve, const EffectiveCompute& apart) {
    for (std::size_t i = 0; i < curve.low.size(); ++i) {
        curve.low[i] = std::isnan(apart.low[i]) ? -infinity : std::min(curve.low[i], apart.low[i]);
        curve.high[i] = std::isnan(apart.high[i]) ? infinity : std::max(curve.high[i], apart.high[i]);
    }
}

}  // namespace

Comparison compare(const LawEvidence& baseline, const LawEvidence& challenger, std::span<const GapOpinion> opinions,
                   const ComparisonOptions& options, const OtherFloor* other) {
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
    GapPath ray{baseline, challenger, options.tokens_per_parameter};
    GapPath path{baseline, challenger, out.at_fixed_ratio ? options.tokens_per_parameter : 0};
    double finite = 0;
    for (std::size_t i = 0; i < baseline.draws.size(); ++i) {
        PathLaw b = path.baseline_path(baseline.draws[i]), c = path.challenger_path(challenger.draws[i]);
        if (!std::isfinite(c.loss(low) - b.loss(low)) || !std::isfinite(c.loss(high) - b.loss(high))) {
            continue;
        }
        ++finite;
        std::size_t roots = path_roots(b, c, low - options.horizon_decades, high + options.horizon_decades).size();
        out.probability[std::min<std::size_t>(roots, 2)] += 1;
    }
    for (double& p : out.probability) {
        p /= std::max(finite, 1.0);
    }
    if (baseline.cost.curve || challenger.cost.curve) {
        LawEvidence plain_baseline = baseline, plain_challenger = challenger;
        plain_baseline.cost = baseline.cost.closed();
        plain_challenger.cost = challenger.cost.closed();
        GapPath plain{plain_baseline, plain_challenger, path.ratio};
        out.numeric = true;
        out.closed_form = path_roots(plain.baseline_path(baseline.law), plain.challenger_path(challenger.law), low - options.horizon_decades, high + options.horizon_decades);
    }
    if (high - low > 0.1) {
        out.crossings = crossings_of(path, low, high, options, other);
        out.ratio_crossings = crossings_of(ray, low, high, options, other);
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
    BothFloors over_data = both_bands(baseline, challenger, other, grid, options.confidence, path.ratio);
    out.band = std::move(over_data.hull);
    out.band_apart = std::move(over_data.apart);
    out.effective = effective_compute(path, grid, out.band.draws);
    if (other != nullptr) {
        widen(out.effective, effective_compute({other->baseline, other->challenger, path.ratio}, grid, out.band_apart.draws));
    }
    out.effective_sentence = effective_compute_sentence(out.effective, out.baseline, out.challenger, options.confidence, options.cost_unit);
    if (out.at_fixed_ratio) {
        out.opinions_not_crossing.push_back("the laws have no frontier");
    }
    const auto ours = std::find_if(out.crossings.begin(), out.crossings.end(), [&](const Crossing& c) { return c.log10_flops > high; });
    for (const GapOpinion& opinion : opinions) {
        const std::vector<Root> roots = find_roots(opinion.gap, high, out.horizon_log10_flops);
        const bool crosses = std::any_of(roots.begin(), roots.end(), [&](const Root& root) { return ours == out.crossings.end() || root.challenger_gains == ours->challenger_gains; });
        (crosses ? out.opinions_crossing : out.opinions_not_crossing).push_back(opinion.name);
    }
    const BothFloors to_horizon = both_bands(baseline, challenger, other, beyond, options.confidence, path.ratio);
    decide(out, to_horizon.hull, to_horizon.apart);
    out.sentence = verdict_sentence(out);
    return out;
}

}  // namespace overtake
