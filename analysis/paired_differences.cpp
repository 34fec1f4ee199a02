#include "analysis/paired_differences.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

#include "analysis/text.hpp"
#include "analysis/variants.hpp"

namespace overtake {

namespace {

double mean(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

using Cell = std::tuple<std::string, std::int64_t, std::int64_t, double, std::int64_t>;  // size, tokens, train length, multiplier, evaluation length

Cell cell_of(const TrialResult& trial, std::int64_t context) {
    return {trial.size, trial.tokens, trial.train_length, trial.learning_rate_multiplier, context};
}

double times_train_length(const Cell& cell) { return static_cast<double>(std::get<4>(cell)) / static_cast<double>(std::get<2>(cell)); }

using SeedLosses = std::map<std::int64_t, double>;

/// Losses of a variant's finished trials, and its cells in the order of the grid, lengths ascending.
struct CellLosses {
    std::vector<Cell> order;
    std::map<Cell, SeedLosses> losses;
};

CellLosses losses_of(const Results& results, const Variant& variant, bool beyond_train) {
    CellLosses found;
    for (const std::size_t index : variant.trials) {
        const TrialResult& trial = results.trials[index];
        if (trial.status != TrialStatus::done) {
            continue;
        }
        for (const Evaluation& evaluation : trial.evaluations) {
            const double loss = beyond_train ? evaluation.loss_beyond_train : evaluation.loss;
            const Cell cell = cell_of(trial, evaluation.context_length);
            if (std::isfinite(loss) && found.losses[cell].emplace(trial.seed, loss).second && found.losses[cell].size() == 1) {
                found.order.push_back(cell);
            }
        }
    }
    return found;
}

struct Pairs {
    std::vector<std::int64_t> seeds;
    std::vector<double> loss, reference, difference;
};

Pairs pairs_of(const SeedLosses& losses, const SeedLosses& reference) {
    Pairs pairs;
    for (const auto& [seed, loss] : losses) {
        if (const auto there = reference.find(seed); there != reference.end()) {
            pairs.seeds.push_back(seed);
            pairs.loss.push_back(loss);
            pairs.reference.push_back(there->second);
            pairs.difference.push_back(loss - there->second);
        }
    }
    return pairs;
}

/// Averages over cells of each seed that all have.
Pairs pool(const std::vector<const Pairs*>& cells) {
    std::map<std::int64_t, std::pair<std::vector<double>, std::vector<double>>> by_seed;
    for (const Pairs* cell : cells) {
        for (std::size_t i = 0; i < cell->seeds.size(); ++i) {
            by_seed[cell->seeds[i]].first.push_back(cell->loss[i]);
            by_seed[cell->seeds[i]].second.push_back(cell->reference[i]);
        }
    }
    SeedLosses loss, reference;
    for (const auto& [seed, sides] : by_seed) {
        if (sides.first.size() == cells.size()) {
            loss[seed] = mean(sides.first);
            reference[seed] = mean(sides.second);
        }
    }
    return pairs_of(loss, reference);
}

PairedDifference entry_of(const Variant& variant, const Variant& reference, const Pairs& pairs, double confidence) {
    PairedDifference entry;
    entry.variant = variant.name;
    entry.reference = reference.name;
    entry.seeds = pairs.seeds.size();
    entry.loss = mean(pairs.loss);
    entry.reference_loss = mean(pairs.reference);
    entry.difference = paired_mean(pairs.difference, confidence);
    return entry;
}

void append_entries(const Results& results, const Variant& variant, const Variant& reference, const DifferenceOptions& options,
                    std::vector<PairedDifference>& entries) {
    const CellLosses own = losses_of(results, variant, options.beyond_train), others = losses_of(results, reference, options.beyond_train);
    std::vector<std::pair<Cell, Pairs>> cells;
    for (const Cell& cell : own.order) {
        const auto there = others.losses.find(cell);
        Pairs pairs = there == others.losses.end() ? Pairs{} : pairs_of(own.losses.at(cell), there->second);
        if (pairs.seeds.empty()) {
            continue;
        }
        PairedDifference entry = entry_of(variant, reference, pairs, options.confidence);
        std::tie(entry.size, entry.tokens, entry.train_length, entry.learning_rate_multiplier, entry.context) = cell;
        entry.times_train_length = times_train_length(cell);
        entries.push_back(std::move(entry));
        cells.emplace_back(cell, std::move(pairs));
    }
    std::map<double, std::vector<const Pairs*>> by_ratio;
    for (const auto& [cell, pairs] : cells) {
        by_ratio[times_train_length(cell)].push_back(&pairs);
    }
    for (const auto& [ratio, alike] : by_ratio) {
        const Pairs pooled = alike.size() > 1 ? pool(alike) : Pairs{};
        if (!pooled.seeds.empty()) {
            entries.push_back(entry_of(variant, reference, pooled, options.confidence));
            entries.back().cells = alike.size();
            entries.back().times_train_length = ratio;
        }
    }
}

}  // namespace

PairedMean paired_mean(std::span<const double> differences, double confidence) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<double>(differences.size());
    PairedMean result{mean(differences), {unknown, unknown}};
    if (differences.size() >= 2) {
        double squares = 0;
        for (const double difference : differences) {
            squares += (difference - result.mean) * (difference - result.mean);
        }
        const double t = student_quantile(0.5 + 0.5 * confidence, static_cast<int>(differences.size()) - 1);
        const double half = t * std::sqrt(squares / (n - 1) / n);
        result.interval = {result.mean - half, result.mean + half};
    }
    return result;
}

std::vector<PairedDifference> paired_differences(const Results& results, const DifferenceOptions& options) {
    const std::vector<Variant> variants = variants_of(results);
    const Variant* against = options.against.empty() ? nullptr : &find_variant(variants, options.against);
    std::vector<PairedDifference> entries;
    for (std::size_t i = 0; i < variants.size(); ++i) {
        const Variant* reference = against != nullptr ? against : reference_of(variants, i, options.baseline);
        if (reference != nullptr && reference != &variants[i]) {
            append_entries(results, variants[i], *reference, options, entries);
        }
    }
    return entries;
}

std::optional<Table> difference_table(const Results& results, const DifferenceOptions& options) {
    const std::string per_cent = significant(100 * options.confidence, 3) + " %";
    Table table{.name = "differences",
                .caption = "Difference of held-out loss [nats per token] to a reference, paired by seed: negative is better. " + per_cent +
                           " Student interval over seeds; \"all\" pools cells seed by seed." +
                           (options.beyond_train ? " Targets beyond the train length alone." : ""),
                .header = {"variant", "reference", "size", "tokens", "train length", "evaluation length", "seeds", "loss", "difference", "low", "high"},
                .rows = {}};
    for (const PairedDifference& entry : paired_differences(results, options)) {
        const bool pooled = entry.cells > 1;
        const std::string times = significant(entry.times_train_length, 4) + "x";
        const std::string rate = entry.learning_rate_multiplier == 1 ? "" : ", rate x " + significant(entry.learning_rate_multiplier, 3);
        table.rows.push_back({entry.variant, entry.reference, pooled ? "all " + std::to_string(entry.cells) : entry.size + rate,
                              pooled ? "" : with_unit(static_cast<double>(entry.tokens)), pooled ? "" : std::to_string(entry.train_length),
                              pooled ? times : std::to_string(entry.context), std::to_string(entry.seeds), fixed(entry.loss, 4),
                              fixed(entry.difference.mean, 4), fixed(entry.difference.interval.low, 4), fixed(entry.difference.interval.high, 4)});
    }
    return table.rows.empty() ? std::nullopt : std::optional(std::move(table));
}

}  // namespace overtake
