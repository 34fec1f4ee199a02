// How far up a proposal should go: whether to carry the horizon of claims with it.
#include "analysis/next_reach.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace overtake {

namespace {

constexpr std::size_t draws = 24;

/// log10 of the compute of one trial where both schemes run, else -inf: claims reach as far as both have data.
double top_of(const CandidateCell& c) { return c.trial.baseline && c.trial.challenger ? std::log10(c.flops / 2) : -INFINITY; }

}  // namespace

std::size_t cheapest_from(const std::vector<CandidateCell>& candidates, double log10_flops) {
    std::size_t best = candidates.size();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (top_of(candidates[i]) >= log10_flops && (best == candidates.size() || candidates[i].flops < candidates[best].flops)) {
            best = i;
        }
    }
    return best;
}

double reach_of(const std::vector<CandidateCell>& candidates, const Choice& choice) {
    double reach = -INFINITY;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        reach = choice.count[i] > 0 ? std::max(reach, top_of(candidates[i])) : reach;
    }
    return reach;
}

Choice choose_with_reach(const GapInformation& information, const Comparison& comparison, double about, const std::vector<CandidateCell>& candidates,
                         const NextOptions& options) {
    const double decades = comparison.options.horizon_decades, at_present = comparison.high_log10_flops;
    double top = at_present;
    for (const CandidateCell& c : candidates) {
        top = std::max(top, top_of(c));
    }
    const double low = comparison.low_log10_flops - decades, widest = std::log10(top + decades - low);
    const std::vector<Target> all = draw_targets(information, about, low, top + decades, draws);
    std::vector<double> places;
    for (const Target& t : all) {
        places.push_back(t.log10_flops);
    }
    std::sort(places.begin(), places.end());
    Choice best;
    double least = INFINITY, tried = -INFINITY;
    for (double share : {0.0, 0.5, 0.75, 0.9, 1.0}) {
        const double wanted = share > 0 && !places.empty() ? quantile(places, share) - decades : at_present;
        const std::size_t first = wanted > at_present ? cheapest_from(candidates, wanted) : candidates.size();
        const double reached = first == candidates.size() ? at_present : top_of(candidates[first]);
        if (!(reached > tried)) {
            continue;
        }
        tried = reached;
        std::vector<Target> within;
        for (const Target& t : all) {
            if (t.log10_flops <= reached + decades) {
                within.push_back(t);
            }
        }
        Choice choice = choose_trials(information, within.empty() ? all : within, candidates, options, first);
        const double reaches = std::max(at_present, reach_of(candidates, choice));
        double sum = 0;
        std::size_t k = 0;
        for (const Target& t : all) {
            if (!within.empty() && t.log10_flops > reached + decades) {
                sum += widest;
                continue;
            }
            const double width = (choice.log_reach[k++] - std::log(std::abs(t.slope))) / std::numbers::ln10 + std::log10(2);
            sum += t.log10_flops <= reaches + decades && width < widest ? width : widest;  // NaN: no crossing there
        }
        if (sum < least) {
            least = sum;
            best = std::move(choice);
        }
    }
    return best;
}

}  // namespace overtake
