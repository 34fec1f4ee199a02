// Which trials to run next: what a proposal is about, and what is to be expected of it.
#include "analysis/next_cells.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/next_reach.hpp"
#include "analysis/student.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

std::size_t place_of(const Study& study, const std::string& scheme) {
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        if (study.schemes[k].scheme == scheme) {
            return k;
        }
    }
    return nobody;
}

/// The crossing that is worth most: an established one before others, then the one of the widest interval.
const Crossing* crossing_of(const Comparison& c) {
    const Crossing* best = nullptr;
    auto key = [](const Crossing& x) { return std::pair(x.established, x.interval.high - x.interval.low); };
    for (const Crossing& x : c.crossings) {
        best = best == nullptr || key(x) > key(*best) ? &x : best;
    }
    return best;
}

std::vector<std::string> needed_first(const Study& study, const Comparison& comparison) {
    std::vector<std::string> out;
    for (const std::string& name : {comparison.baseline, comparison.challenger}) {
        const SchemeLaw& s = *study.find(name);
        std::set<double> sizes, budgets;
        for (const Observation& o : s.observations) {
            sizes.insert(o.parameters);
            budgets.insert(std::round(20 * std::log(o.tokens / o.parameters)));
        }
        std::string has = name + " has " + counted(sizes.size(), "size") + ", " + counted(budgets.size(), "budget") + " in tokens per parameter and " +
                          counted(s.observations.size(), "trial");
        if (!s.fit.usable) {
            out.push_back("no law for " + name + " (" + s.fit.reason + "): " + has + "; run both schemes at 4 sizes and 3 budgets first");
        } else if (!(s.law.alpha > 0 && s.law.beta > 0 && s.law.alpha < 3 && s.law.beta < 3)) {
            out.push_back("the law of " + name + " is degenerate (alpha = " + significant(s.law.alpha, 2) + ", beta = " + significant(s.law.beta, 2) + "): " + has +
                          "; run more sizes and budgets, each over a factor 8 or more, before trusting a plan");
        }
    }
    if (study.floor_in_doubt) {
        out.push_back("whether the schemes share E is in doubt (p = " + significant(study.floor_test.p_value, 2) +
                      "): the plan follows the answer that was taken; only larger sizes and budgets tell the floors apart");
    }
    auto models = study.gap_models.find(comparison.challenger);
    if (models != study.gap_models.end()) {
        double difference = models->second.line.bic - models->second.power_law.bic;
        if (std::abs(difference) < 2) {
            out.push_back("paired differences do not tell a power-law gap from a straight line (BIC differ by " + significant(std::abs(difference), 2) +
                          "): a plan for a crossing beyond the data rests on the laws alone");
        }
    }
    return out;
}

}  // namespace

const Comparison* nearest_undecided(const Study& study) {
    const Comparison* best = nullptr;
    auto key = [](const Comparison& c) {
        const Crossing* x = crossing_of(c);
        double width = x == nullptr ? 0 : std::min(x->interval.high - x->interval.low, 100.0);
        bool undecided = c.verdict == Verdict::not_determined;
        return std::pair(undecided ? 1 : 0, undecided ? -(std::isnan(c.p_value) ? 1 : c.p_value) : width);
    };
    for (const Comparison& c : study.comparisons) {
        best = best == nullptr || key(c) > key(*best) ? &c : best;
    }
    return best;
}

NextCells propose_next(const Study& study, const Comparison& comparison, const NextOptions& options) {
    NextCells out;
    out.baseline = comparison.baseline;
    out.challenger = comparison.challenger;
    const std::size_t b = place_of(study, comparison.baseline), c = place_of(study, comparison.challenger);
    out.needed_first = needed_first(study, comparison);
    if (!study.schemes[b].fit.usable || !study.schemes[c].fit.usable || !(comparison.horizon_log10_flops > comparison.low_log10_flops)) {
        if (out.needed_first.empty()) {
            out.needed_first.push_back(comparison.reason + "; run both schemes at the same sizes and budgets first");
        }
        return out;
    }
    const LawEvidence of_b = study.evidence(b), of_c = study.evidence(c);
    const GapPath path{of_b, of_c, comparison.at_fixed_ratio ? study.options.comparison.tokens_per_parameter : 0};
    const double low = comparison.low_log10_flops, high = comparison.horizon_log10_flops;
    const Crossing* crossing = crossing_of(comparison);
    if (crossing != nullptr) {
        out.of_crossing = true;
        out.log10_flops = crossing->log10_flops;
    } else {
        double nearest = INFINITY;
        for (int i = 0; i <= 48; ++i) {
            double x = low + (high - low) * i / 48, t = std::abs(path.gap(x)) / path.gap_error(x).value;
            if (t < nearest) {
                nearest = t;
                out.log10_flops = x;
            }
        }
        if (!std::isfinite(nearest)) {
            out.needed_first.push_back("the laws have no path to compare along; run both schemes at the same sizes and budgets, each over a factor 8 or more");
            out.log10_flops = NAN;
            return out;
        }
    }
    const GapInformation before(study, b, c, path.ratio);
    const std::vector<CandidateCell> candidates = candidate_cells(study, comparison, options);
    if (candidates.empty()) {
        return out;
    }
    const Choice choice = choose_with_reach(before, comparison, out.log10_flops, candidates, options);
    GapInformation after = before;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (choice.count[i] > 0) {
            after.add(before.of(candidates[i].trial), choice.count[i]);
        }
    }

    std::map<std::pair<double, double>, std::size_t> seeds_used;
    std::size_t units = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        for (int k = 0; k < choice.count[i]; ++k) {
            const CandidateCell& candidate = candidates[i];
            std::size_t& used = seeds_used[{candidate.trial.parameters, candidate.trial.tokens}];
            out.trials.push_back({candidate.trial, candidate.cell, candidate.seeds[used++], candidate.flops});
            ++units;
        }
    }
    out.flops = choice.flops;
    auto ratio_at = [&](double x) {
        std::vector<std::vector<double>> gradient{before.gradient(x)};
        return std::sqrt(after.variance(gradient) / before.variance(gradient));
    };
    out.shrinkage = ratio_at(out.log10_flops);
    StandardError error = path.gap_error(out.log10_flops);
    double more = 1 + static_cast<double>(units) / std::max(static_cast<double>(std::min(of_b.influence.size(), of_c.influence.size())), 1.0);
    double t_before = student_quantile(0.5 + 0.5 * comparison.options.confidence, error.degrees);
    double t_after = student_quantile(0.5 + 0.5 * comparison.options.confidence, error.degrees * more);
    if (out.of_crossing) {
        double from = low - 3, to = comparison.high_log10_flops + 3;
        out.before = inverted_test([&](double x) { return std::abs(path.gap(x)) > t_before * path.gap_error(x).value; }, out.log10_flops, from, to);
        out.after = inverted_test([&](double x) { return std::abs(path.gap(x)) > t_after * path.gap_error(x).value * ratio_at(x); }, out.log10_flops, from, to);
    } else {
        double gap = path.gap(out.log10_flops);
        out.before = {gap - t_before * error.value, gap + t_before * error.value};
        out.after = {gap - t_after * error.value * out.shrinkage, gap + t_after * error.value * out.shrinkage};
    }
    return out;
}

}  // namespace overtake
