// Which trials to run next: those that shrink the interval of a crossing, or of the gap that decides whether there is one, most per FLOP.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/gap_information.hpp"

namespace overtake {

struct NextOptions {
    double flops = 0;               // most that all proposed trials cost, as if they shared nothing
    std::size_t most_cells = 0;     // cells (size and budget) that get trials; 0: no limit
    int seeds_per_cell = 32;        // new ones, at most: many seeds of one cell trust the law's form more than its noise
    double most_tokens = INFINITY;  // budgets above it are no candidates (epochs over the data)
    double most_parameters = INFINITY;
    double least_ratio = 2, most_ratio = 160;  // tokens per parameter beyond the data's, at the farthest
    std::function<double(double)> nearest_size = {};  // parameters of a model near so many, NaN if none can be made; empty: all can
};

/// A size and budget at which trials may be added, by both schemes or one of them.
struct CandidateCell {
    PairTrial trial;
    std::string cell;               // as the observations name it; "" for one that has no trial yet
    double flops = 0;               // of one seed, through the cost law of each scheme
    std::vector<std::int64_t> seeds;  // that are free there, ascending: the first one is taken first
};

/// Sizes of the data, one step of their ladder (median ratio of neighbours) below, and steps above as long as one trial fits in the FLOPs of `options`, each as `nearest_size` can make it; budgets in tokens
/// per parameter of the data, one step of theirs beyond both ends (not beyond least_ratio and most_ratio), and some between, none more than a factor 1.5 apart; by both schemes,
/// by the baseline alone, by the challenger alone. Not beyond the horizon, nor above the FLOPs of `options`.
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

/// Greedy choice and exchanges (choose_trials) at 24 places where the crossing may be (draw_targets), with as much reach as pays (choose_with_reach). Expected interval: the t
/// test inverted with the study's own standard errors times the expected ratio, and its degrees of freedom
/// times the ratio of units. *Assumes* that the laws hold, that residuals stay as large, and that estimates stay where they are.
NextCells propose_next(const Study& study, const Comparison& comparison, const NextOptions& options);

/// The comparison nearest to being decided: the undecided one of the smallest p-value; else the crossing of the widest interval. nullptr if there is none.
const Comparison* nearest_undecided(const Study& study);

}  // namespace overtake
