// Which trials to run next: those that shrink the interval of a crossing, or of the gap that decides whether there is one, most per FLOP.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/gap_information.hpp"

namespace overtake {

struct NextOptions {
    double flops = 0;               // most that all proposed trials cost, as if they shared nothing
    std::size_t most_cells = 0;     // cells (size and budget) that get trials; 0: no limit
    int seeds_per_cell = 16;        // new ones, at most: many seeds of one cell trust the law's form more than its noise
    double most_tokens = INFINITY;  // budgets above it are no candidates (epochs over the data)
};

/// A size and budget at which trials may be added, by both schemes or one of them.
struct CandidateCell {
    PairTrial trial;
    std::string cell;               // as the observations name it; "" for one that has no trial yet
    double flops = 0;               // of one seed, through the cost law of each scheme
    std::vector<std::int64_t> seeds;  // that are free there, ascending: the first one is taken first
};

/// Sizes of the data and one step of their ladder (median ratio of neighbours) beyond the largest; budgets in tokens per parameter of the data, and one step
/// of theirs beyond both ends; by both schemes, by the baseline alone, by the challenger alone. Not beyond the horizon, nor above the FLOPs of `options`.
/// Seeds: the study's own first, so that a trunk may be shared, then higher ones; none that the cell has from either scheme.
std::vector<CandidateCell> candidate_cells(const Study& study, const Comparison& comparison, const NextOptions& options);

struct ProposedTrial {
    PairTrial trial;
    std::string cell;
    std::int64_t seed = 0;
    double flops = 0;
};

struct NextCells {
    std::string baseline, challenger;
    bool of_crossing = false;       // else of the gap where it is nearest to 0, in standard errors, between the data's low end and the horizon
    double log10_flops = NAN;       // of that crossing or gap; NaN where nothing can be proposed
    Interval before, after;         // of the crossing [log10 FLOPs] as the data give it and as expected; of the gap [nats] likewise
    double shrinkage = 1;           // expected standard error of the gap there, after over before
    double flops = 0;
    std::vector<ProposedTrial> trials;   // by size, budget, seed
    std::vector<std::string> needed_first;  // where the laws don't hold enough to plan by them: what would be needed, in words
};

/// Greedy: again and again the trial that lowers the log of the variance most per FLOP of those that fit, then exchanges (Fedorov 1972) until none helps.
/// Variance: GapInformation, summed over the crossing and both ends of its interval (not beyond a decade from it, nor beyond the horizon; c-optimal where they
/// coincide). Expected interval: the t test inverted with the study's own standard errors times the expected ratio, and its degrees of freedom
/// times the ratio of units. *Assumes* that the laws hold, that residuals stay as large, and that estimates stay where they are.
NextCells propose_next(const Study& study, const Comparison& comparison, const NextOptions& options);

/// The comparison nearest to being decided: the undecided one of the smallest p-value; else the crossing of the widest interval. nullptr if there is none.
const Comparison* nearest_undecided(const Study& study);

}  // namespace overtake
