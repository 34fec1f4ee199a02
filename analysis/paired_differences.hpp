// Differences of loss between two variants, paired by seed within a cell, with Student's interval: what an option costs or gains.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/statistics.hpp"
#include "analysis/tables.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

struct PairedMean {
    double mean = 0;
    Interval interval;  // mean -+ t s / sqrt(n) with n - 1 degrees of freedom; NaN below two differences
};

/// Assumes that the differences are independent and near normal. `differences` is not empty, 0 < confidence < 1.
PairedMean paired_mean(std::span<const double> differences, double confidence);

struct DifferenceOptions {
    std::string against;        // a variant's or scheme's name that all are compared with; "": reference_of each
    std::string baseline = "rope";
    double confidence = 0.95;
    bool beyond_train = false;  // mean loss of the targets beyond the train length alone, at lengths that have some
};

/// loss(variant) - loss(reference) [nats per token]: negative where the variant is better.
struct PairedDifference {
    std::string variant, reference;
    std::size_t cells = 1;
    std::string size;               // these four of one cell; "" and 0 where cells are pooled
    std::int64_t tokens = 0, train_length = 0, context = 0;
    double learning_rate_multiplier = 1;
    double times_train_length = 1;  // evaluation length over train length
    std::size_t seeds = 0;          // that both have
    double loss = 0, reference_loss = 0;  // means over those seeds (and cells)
    PairedMean difference;
};

/// One entry for each variant, cell and evaluation length where variant and reference have finished trials of the same seed, in grid
/// order; behind the cells of a variant and reference, where they are more than one, pooled entries: each seed's difference is averaged
/// over the cells with the same evaluation length over train length, of seeds that all those cells have, and the interval is that of the
/// seeds' averages. So it speaks of these cells, not of others, and cells of one seed may be correlated. A cell is size, tokens, train
/// length and learning-rate multiplier. Throws ConfigError if nobody has the name `against`.
std::vector<PairedDifference> paired_differences(const Results& results, const DifferenceOptions& options);

/// One row an entry. nullopt if there is none.
std::optional<Table> difference_table(const Results& results, const DifferenceOptions& options);

}  // namespace overtake
