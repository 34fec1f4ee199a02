// Simulated studies of planted laws.
#include "analysis/coverage.hpp"

#include <chrono>
#include <cmath>

#include "analysis/crossover.hpp"
#include "analysis/parallel.hpp"

namespace overtake {

namespace {

struct Simulated {
    double covered = 0, bootstrap_covered = 0;
    std::vector<double> widths, bootstrap_widths;
    bool band_covered = true, wrong_relation = false;
    bool as_many = false, paired = false, shared_floor = false, rejected = false, claimed = false, true_claim = false;
};

bool gains_at(const PlantedPair& pair, double log10_flops) {
    return frontier_path(pair.challenger, {}).loss(log10_flops - 0.05) > frontier_path(pair.baseline, {}).loss(log10_flops - 0.05);
}

bool covers(const Interval& interval, double x) { return interval.low <= x && x <= interval.high; }

/// The planted gap along the path that the comparison took.
std::vector<double> planted_gap(const PlantedPair& pair, const Comparison& c) {
    const LawEvidence costs_6nd;
    const GapPath path{costs_6nd, costs_6nd, c.at_fixed_ratio ? c.options.tokens_per_parameter : 0};
    const PathLaw baseline = path.baseline_path(pair.baseline), challenger = path.challenger_path(pair.challenger);
    std::vector<double> gap;
    for (const double x : c.band.log10_flops) {
        gap.push_back(challenger.loss(x) - baseline.loss(x));
    }
    return gap;
}

/// Whether the truth is beyond delta on a side that the relation excludes. What is overtaken has both sides.
bool contradicts(const std::vector<double>& truth, Relation relation, double delta) {
    const bool behind = std::any_of(truth.begin(), truth.end(), [&](double gap) { return gap > delta; });
    const bool ahead = std::any_of(truth.begin(), truth.end(), [&](double gap) { return gap < -delta; });
    switch (relation) {
        case Relation::leads: return behind;
        case Relation::trails: return ahead;
        case Relation::equivalent: return behind || ahead;
        case Relation::overtakes:
        case Relation::overtaken: return !behind && !ahead;
        case Relation::not_determined: break;
    }
    return false;
}

Simulated simulate(const CoverageOptions& options, int number) {
    PlantedDesign design = options.design;
    design.seed += static_cast<std::uint64_t>(number);
    StudyOptions study_options;
    study_options.fit.threads = 1;
    study_options.fit.only_starts = {options.pair.baseline, options.pair.challenger};
    study_options.bootstrap.threads = 1;
    study_options.examine = false;
    study_options.bootstrap.draws = options.draws;
    study_options.bootstrap.seed = design.seed;
    study_options.comparison.confidence = options.confidence;
    study_options.pairing = options.pairing;
    study_options.shared_floor = options.shared_floor;
    const Study study = make_study(plant({{"baseline", options.pair.baseline}, {"challenger", options.pair.challenger}}, design), study_options);
    const Comparison& c = study.comparisons.at(0);

    Simulated out;
    out.paired = study.paired;
    out.shared_floor = study.floor_shared;
    out.rejected = study.floor_test.p_value < 0.05;
    double planted_inside = 0, found_inside = 0;
    for (double truth : options.pair.crossings) {
        planted_inside += truth > c.low_log10_flops && truth < c.high_log10_flops ? 1 : 0;
        const Crossing* nearest = nullptr;
        for (const Crossing& x : c.crossings) {
            bool nearer = nearest == nullptr || std::abs(x.log10_flops - truth) < std::abs(nearest->log10_flops - truth);
            nearest = x.challenger_gains == gains_at(options.pair, truth) && nearer ? &x : nearest;
        }
        double share = 1 / static_cast<double>(options.pair.crossings.size());
        out.widths.push_back(nearest == nullptr ? INFINITY : nearest->interval.high - nearest->interval.low);
        out.bootstrap_widths.push_back(nearest == nullptr ? INFINITY : nearest->bootstrap_interval.high - nearest->bootstrap_interval.low);
        out.covered += nearest != nullptr && covers(nearest->interval, truth) ? share : 0;
        out.bootstrap_covered += nearest != nullptr && covers(nearest->bootstrap_interval, truth) ? share : 0;
    }
    const std::vector<double> gap = planted_gap(options.pair, c);
    for (std::size_t i = 0; i < gap.size(); ++i) {
        out.band_covered = out.band_covered && c.band.low[i] <= gap[i] && gap[i] <= c.band.high[i];
    }
    out.wrong_relation = contradicts(gap, c.relation, c.options.delta_nats);
    out.claimed = c.verdict == Verdict::inside || c.verdict == Verdict::extrapolated;
    out.true_claim = out.claimed;
    for (const Crossing& x : c.crossings) {
        found_inside += x.log10_flops > c.low_log10_flops && x.log10_flops < c.high_log10_flops ? 1 : 0;
        bool was_planted = false;
        for (double truth : options.pair.crossings) {
            was_planted = was_planted || (std::abs(truth - x.log10_flops) < 0.5 && gains_at(options.pair, truth) == x.challenger_gains);
        }
        out.true_claim = out.true_claim && (was_planted || !x.established);
    }
    out.as_many = planted_inside == found_inside;
    return out;
}

template <typename Value>
Share share_of(const std::vector<Simulated>& all, Value value) {
    double sum = 0, squares = 0, count = static_cast<double>(all.size());
    for (const Simulated& s : all) {
        double x = static_cast<double>(value(s));
        sum += x;
        squares += x * x;
    }
    double mean = sum / count;
    return {mean, std::sqrt(std::max(squares / count - mean * mean, 0.0) / count)};
}

}  // namespace

Coverage measure_coverage(const CoverageOptions& options) {
    auto begin = std::chrono::steady_clock::now();
    std::vector<Simulated> all(static_cast<std::size_t>(options.studies));
    for_chunks(all.size(), options.threads, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            all[i] = simulate(options, static_cast<int>(i));
        }
    });
    Coverage out;
    out.covered = share_of(all, [](const Simulated& s) { return s.covered; });
    out.bootstrap_covered = share_of(all, [](const Simulated& s) { return s.bootstrap_covered; });
    out.as_many = share_of(all, [](const Simulated& s) { return s.as_many; });
    out.paired = share_of(all, [](const Simulated& s) { return s.paired; });
    out.shared_floor = share_of(all, [](const Simulated& s) { return s.shared_floor; });
    out.rejected = share_of(all, [](const Simulated& s) { return s.rejected; });
    out.band_covered = share_of(all, [](const Simulated& s) { return s.band_covered; });
    out.wrong_relations = share_of(all, [](const Simulated& s) { return s.wrong_relation; });
    out.claimed = share_of(all, [](const Simulated& s) { return s.claimed; });
    out.true_claims = share_of(all, [](const Simulated& s) { return s.true_claim; });
    std::vector<double> widths, bootstrap_widths;
    for (const Simulated& s : all) {
        widths.insert(widths.end(), s.widths.begin(), s.widths.end());
        bootstrap_widths.insert(bootstrap_widths.end(), s.bootstrap_widths.begin(), s.bootstrap_widths.end());
    }
    out.median_width = median(widths);
    out.median_bootstrap_width = median(bootstrap_widths);
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return out;
}

}  // namespace overtake
