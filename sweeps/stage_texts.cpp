#include "sweeps/stage_texts.hpp"

#include <algorithm>

#include "sweeps/evaluation_tasks.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {

namespace {

constexpr std::size_t cell_digits = 8;

void set_model(CanonicalText& text, const ModelConfig& model) {
    text.set("model.activation", model.activation == Activation::swiglu ? "swiglu" : "gelu");
    text.set("model.heads", model.heads);
    text.set("model.layers", model.layers);
    text.set("model.mlp_width", model.mlp_width);
    text.set("model.qk_norm", model.qk_norm);
    text.set("model.tied", model.tied);
    text.set("model.vocabulary", model.vocabulary);
    text.set("model.width", model.width);
}

/// The digest stands for the bytes; file names only until it is known. Options that came later only where they are

/// used.

void set_data(CanonicalText& text, const DataConfig& data) {
    text.set("data.corpus", data.corpus);
    text.set("data.digest", data.digest);
    text.set("data.tokenizer", data.tokenizer);
    text.set("data.vocabulary", data.vocabulary);
    if (data.documents == Documents::packed) {
        text.set("data.documents", "packed");
    }
    if (data.recall_share > 0) {
        text.set("data.recall_distances", data.recall_distances);
        text.set("data.recall_share", data.recall_share);
    }
    if (data.digest.empty() && !data.shards.empty()) {
        std::string names;
        for (const std::string& shard : data.shards) {
            names += shard + "\n";
        }
        text.set("data.shards", names);
    }
}

void set_optimizer(CanonicalText& text, const OptimizerConfig& optimizer) {
    text.set("optimizer.beta1", optimizer.beta1);
    text.set("optimizer.beta2", optimizer.beta2);
    text.set("optimizer.clip_norm", optimizer.clip_norm);
    text.set("optimizer.epsilon", optimizer.epsilon);
    text.set("optimizer.learning_rate", optimizer.learning_rate);
    text.set("optimizer.position_learning_rate_multiplier", optimizer.position_learning_rate_multiplier);
    text.set("optimizer.weight_decay", optimizer.weight_decay);
}

void set_training(CanonicalText& text, const TrainingConfig& training) {
    text.set("training.batch_sequences", training.batch_sequences);
    text.set("training.deterministic", training.deterministic);
    text.set("training.device", training.device == Device::cuda ? "cuda" : "cpu");
    text.set("training.log_every", training.log_every);
    text.set("training.precision", training.precision == Precision::bf16 ? "bf16" : "fp32");
    text.set("training.shards", training.shards);
    text.set("training.threads", training.threads);
    text.set("training.train_length", training.train_length);
}

/// What every trial of a cell has in common, without what the schedule makes of the budget.

}  // namespace

CanonicalText shared_text(const TrialConfig& config) {
    CanonicalText text;
    text.set("numerics", numerics_version);
    set_model(text, config.model);
    set_data(text, config.data);
    set_optimizer(text, config.optimizer);
    set_training(text, config.training);
    text.set("schedule.kind", config.schedule.kind == ScheduleKind::cosine ? "cosine" : "wsd");
    text.set("schedule.warmup_steps", config.schedule.warmup_steps);
    return text;
}

namespace {

/// The revision of a scheme's, an extension's or a sampler's bits, where there was more than one.
void set_revision(CanonicalText& text, const std::string& key, std::string_view name, const Options& complete) {
    if (const SchemeInfo* info = find_position_scheme(name); info != nullptr && info->revision(complete) > 1) {
        text.set(key, info->revision(complete));
    }
}

Options in_training(Options sampler_options) {
    sampler_options.erase("at_evaluation");
    return sampler_options;
}

}  // namespace

void set_position(CanonicalText& text, const TrialConfig& config) {
    text.set("position.scheme", config.position.scheme);
    text.set("position.options", identifying_options(config.position.scheme, config.position.options));
    set_revision(text, "position.revision", config.position.scheme, config.position.options);
    if (config.position.sampler) {
        text.set("position.sampler", config.position.sampler->method);
        set_revision(text, "position.sampler_revision", config.position.sampler->method, config.position.sampler->options);
        text.set("position.sampler_options", in_training(config.position.sampler->options));
    }
    text.set("seed", config.seed);
}

namespace {

/// What a sampler does in evaluation: it changes no trunk.

}  // namespace

void set_sampler_in_evaluation(CanonicalText& text, const TrialConfig& config) {
    if (draws_in_evaluation(config.position)) {
        text.set("evaluation.sampler", "drawn");
    }
}

void set_sampler_in_measures(CanonicalText& text, const TrialConfig& config) {
    const EvaluationConfig& evaluation = config.evaluation;
    if (!draws_in_evaluation(config.position)) {
        return;
    }
    // They stood at plain positions once, under ids without these lines.
    const std::vector<std::int64_t> lengths = config.possible_lengths();
    if (std::any_of(lengths.begin(), lengths.end(), [&](std::int64_t length) { return evaluation.is_blockwise(length); })) {
        text.set("evaluation.sampler_in_blocks", "drawn");
    }
    if (evaluation.sliding_stride > 0 || !evaluation.tasks.empty()) {
        text.set("evaluation.sampler_in_tasks", "drawn");
    }
}

void set_extension(CanonicalText& text, const ExtensionConfig& extension) {
    text.set("extension.method", extension.method);
    text.set("extension.options", identifying_options(extension.method, extension.options));
    set_revision(text, "extension.revision", extension.method, extension.options);
}

void set_tuning(CanonicalText& text, const TuneConfig& tune) {
    text.set("tune.learning_rate_multiplier", tune.learning_rate_multiplier);
    text.set("tune.steps", tune.steps);
}

void set_search(CanonicalText& text, const SearchConfig& search) {
    text.set("search.method", search.method);
    text.set("search.options", search.options);
}

namespace {

/// Everything that changes the bits of a trunk, whatever the budget; a cosine run depends on its budget.

}  // namespace

CanonicalText trunk_text(const TrialConfig& config) {
    CanonicalText text = shared_text(config);
    set_position(text, config);
    if (config.schedule.kind == ScheduleKind::cosine) {
        text.set("total_steps", config.total_steps);
    }
    return text;
}

namespace {

/// What is evaluated at the lengths given. What is not asked for is not in the text, so that ids are those of sweeps before it.

}  // namespace

void set_evaluation(CanonicalText& text, const EvaluationConfig& evaluation, const std::vector<std::int64_t>& lengths) {
    text.set("evaluation.lengths", lengths);
    text.set("evaluation.tokens", evaluation.tokens);
    if (evaluation.sliding_stride > 0) {
        text.set("evaluation.sliding_stride", evaluation.sliding_stride);
    }
    if (!evaluation.tasks.empty()) {
        std::string names, depths;
        for (const std::string& name : evaluation.tasks) {
            names += (names.empty() ? "" : ",") + name;
            if (const TaskInfo* task = find_task(name); task != nullptr && task->revision > 1) {
                names += ":" + std::to_string(task->revision);
            }
        }
        for (const double depth : evaluation.task_depths) {
            depths += (depths.empty() ? "" : ",") + to_text(depth);
        }
        text.set("evaluation.tasks", names);
        text.set("evaluation.task_depths", depths);
        text.set("evaluation.task_samples", evaluation.task_samples);
    }
    const auto by_blocks = [&](std::int64_t length) { return evaluation.is_blockwise(length); };
    if (std::any_of(lengths.begin(), lengths.end(), by_blocks)) {
        text.set("evaluation.blockwise", evaluation.blockwise);
        text.set("evaluation.scored_blocks", evaluation.scored_blocks);
        text.set("evaluation.scored_block", evaluation.scored_block);
    }
    if (evaluation.heldout != HeldoutPart::all) {
        text.set("evaluation.heldout", evaluation.heldout == HeldoutPart::tuning ? "tuning" : "scoring");
    }
}

void set_windows(CanonicalText& text, const TrialConfig& config) {
    if (config.evaluation.windows == WindowPlaces::documents) {
        text.set("evaluation.windows", "documents");
    }
}

void set_budget(CanonicalText& text, const TrialConfig& config) {
    set_evaluation(text, config.evaluation, config.evaluation.lengths);
    set_windows(text, config);
    text.set("schedule.cooldown_fraction", config.schedule.cooldown_fraction);
    text.set("total_steps", config.total_steps);
}

namespace {

/// Tuning may choose other rates for each scheme: those of the grid's rule tell the cell.

}  // namespace

std::string cell_of(TrialConfig config) {
    config.optimizer.learning_rate = config.optimizer.untuned_learning_rate.value_or(config.optimizer.learning_rate);
    config.optimizer.position_learning_rate_multiplier =
        config.optimizer.untuned_position_multiplier.value_or(config.optimizer.position_learning_rate_multiplier);
    CanonicalText text = shared_text(config);
    set_budget(text, config);
    return sha256_hex(text.text("overtake cell v1"), cell_digits);
}

}  // namespace overtake
