// Everything in a sweep file but the grid: what all trials have in common, with rules still to be applied.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sweeps/document.hpp"
#include "sweeps/quantity.hpp"
#include "sweeps/sizes.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/trial_config.hpp"
#include "sweeps/tune_settings.hpp"

namespace overtake {

struct Settings {
    std::string name;
    std::int64_t max_trials = 10000;
    DataConfig data;
    SizeRules sizes;
    OptimizerConfig optimizer;          // learning_rate is the peak at reference_parameters
    double reference_parameters = 1e5;  // N0
    double learning_rate_exponent = 0;  // learning rate = learning_rate (N / N0)^exponent
    ScheduleKind schedule = ScheduleKind::wsd;
    Quantity warmup{1, Unit::ratio};  // tokens per parameter, tokens, or steps
    double cooldown_fraction = 0.2;
    TrainingConfig training;           // train_length and batch_sequences are left to the grid
    std::int64_t batch_tokens = 4096;  // at N0
    double batch_exponent = 0;         // batch tokens = batch_tokens 2^round(exponent log2(N / N0))
    std::int64_t shards = 0;           // 0: by batch tokens
    std::vector<Quantity> lengths{{1, Unit::ratio}, {2, Unit::ratio}, {4, Unit::ratio}};  // tokens, or multiples of T
    EvaluationConfig evaluation;  // lengths are left to the train length
    ClusterSection cluster;
    SlurmSection slurm;
    AnalysisSection analysis;
    std::optional<TuneSettings> tune;
    std::map<std::string, Place> places;  // "section.key" of what the file says, and "section"
    /// Of "section.key", else of the section, else of the file's beginning.
    Place place(const std::string& section, const std::string& key) const;
};

/// Complains about whatever is wrong outside [grid], unknown sections and keys included.
Settings read_settings(const DocumentNode& document, Complaints& complaints);

}  // namespace overtake
