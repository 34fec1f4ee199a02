// Bytes from shapes.
#include "cluster/launch/budget.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "cluster/launch/progress.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

constexpr double bytes_per_float = 4;
constexpr double file_overhead = 30e3;            // groups, headers, names of parameters
constexpr double curve_point_bytes = 44;
constexpr double program_bytes = 300e6;           // LibTorch itself, resident

double parameters_of(const TrialConfig& config) {
    return static_cast<double>(count_parameters(config.model, config.position, config.training.train_length).total());
}

/// Of a search: loss, n_hat and origin, and a factor per pair of channels.
double individual_bytes(const ModelConfig& model) { return 48 + 8 * static_cast<double>(model.head_width() / 2); }

double record_bytes(const Stage& stage) {
    const auto points = static_cast<double>((stage.end_step - stage.begin_step) / std::max<std::int64_t>(1, stage.config.training.log_every) + 1);
    const auto individuals = static_cast<double>(stage.kind == StageKind::search ? search_evaluations(*stage.config.extension->search) : 0);
    return file_overhead + curve_point_bytes * points + individuals * individual_bytes(stage.config.model);
}

}  // namespace

double state_bytes(const Stage& stage) { return record_bytes(stage) + 3 * bytes_per_float * parameters_of(stage.config); }

double disk_bytes(const SweepView& view, std::int64_t ranks) {
    constexpr double copies = 2;
    const Keep keep = view.specification.cluster.keep;
    double kept = 0;
    std::vector<double> passing;  // states that are removed again
    for (std::size_t i = 0; i < view.forest.stages.size(); ++i) {
        const Stage& stage = view.forest.stages[i];
        if (view.status[i]) {
            continue;
        }
        kept += 2 * record_bytes(stage);  // its record, and its part of results.h5
        if (stage.kind == StageKind::evaluate) {
            continue;
        }
        const double bytes = copies * state_bytes(stage);
        const bool stays = keep == Keep::all || (keep == Keep::trunks && stage.kind == StageKind::train);
        if (stays) {
            kept += bytes;
        } else {
            passing.push_back(bytes);
        }
    }
    std::sort(passing.begin(), passing.end(), std::greater<>());
    const std::size_t open = std::min(passing.size(), static_cast<std::size_t>(2 * std::max<std::int64_t>(1, ranks)));  // with the parents they came from
    for (std::size_t i = 0; i < open; ++i) {
        kept += passing[i];
    }
    return kept;
}

double memory_bytes_per_rank(const SweepView& view) {
    double most = 0;
    for (const TrialConfig& config : view.specification.trials) {
        const ModelConfig& model = config.model;
        const TrainingConfig& training = config.training;
        const auto spare = static_cast<double>(training.deterministic ? std::bit_width(static_cast<std::uint64_t>(training.shards)) : 0);
        const double arenas = (4 + spare) * parameters_of(config);
        const bool longer = config.extension && (config.extension->tune || config.extension->search);
        const std::int64_t longest = longer ? config.extended_length(number_option(config.extension->options, "factor")) : training.train_length;
        const auto width = static_cast<double>(model.width), mlp = static_cast<double>(model.mlp_width);
        const double per_token_and_layer = 12 * width + 3 * mlp + 3 * static_cast<double>(model.heads * longest);
        const double per_token = static_cast<double>(model.layers) * per_token_and_layer + 4 * static_cast<double>(model.vocabulary);
        const double activations = static_cast<double>(training.batch_tokens() / std::max<std::int64_t>(1, training.shards)) * per_token;
        most = std::max(most, bytes_per_float * (arenas + activations));
        for (const std::int64_t length : config.possible_lengths()) {
            if (config.evaluation.is_blockwise(length)) {
                // Stream, keys and values of one layer, a bias by lag, and tokens.
                const double per_position = 3 * width + 2 * static_cast<double>(model.heads) + 4;
                most = std::max(most, bytes_per_float * (parameters_of(config) + static_cast<double>(length) * per_position));
            }
        }
    }
    return most + program_bytes;
}

Machine machine_here(const std::filesystem::path& folder) {
    Machine machine;
    std::filesystem::path existing = std::filesystem::absolute(folder);
    while (!existing.empty() && !std::filesystem::exists(existing) && existing.has_relative_path()) {
        existing = existing.parent_path();
    }
    std::error_code error;
    const auto space = std::filesystem::space(existing, error);
    if (!error) {
        machine.free_disk_bytes = static_cast<double>(space.available);
    }
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) {
        machine.memory_bytes = static_cast<double>(pages) * static_cast<double>(page);
    }
    return machine;
}

std::vector<Problem> problems_of_fit(const SweepView& view, std::int64_t ranks, const Machine& machine) {
    std::vector<Problem> problems;
    const double disk = disk_bytes(view, ranks);
    if (machine.free_disk_bytes >= 0 && disk > machine.free_disk_bytes) {
        problems.push_back({"cluster.keep", "the sweep needs about " + bytes_text(disk) + " of disk and '" + view.folder.root.string() + "' has " +
                                                bytes_text(machine.free_disk_bytes) + " free; keep less (\"trunks\" or \"none\"), or use --in with another disk"});
    }
    const bool on_cpu = std::any_of(view.specification.trials.begin(), view.specification.trials.end(),
                                    [](const TrialConfig& trial) { return trial.training.device == Device::cpu; });
    const double memory = memory_bytes_per_rank(view) * static_cast<double>(ranks);
    if (on_cpu && machine.memory_bytes >= 0 && memory > machine.memory_bytes) {
        problems.push_back({"cluster.ranks", std::to_string(ranks) + " ranks need about " + bytes_text(memory) + " of memory and this machine has " +
                                                 bytes_text(machine.memory_bytes) + "; use fewer ranks, smaller batches, or more shards"});
    }
    return problems;
}

}  // namespace overtake
