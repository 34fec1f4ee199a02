#include "sweeps/trial_config.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

/// Collects problems; each rule of the functions below is one line.
class Rules {
  public:
    void require(bool holds, const std::string& where, const std::string& what) {
        if (!holds) {
            problems.push_back({where, what});
        }
    }

    void range(std::int64_t value, std::int64_t low, std::int64_t high, const std::string& where) {
        require(value >= low && value <= high, where,
                to_text(value) + " is out of range (" + to_text(low) + " to " + to_text(high) + ")");
    }

    void range(double value, double low, double high, const std::string& where) {
        if (!std::isfinite(value)) {
            problems.push_back({where, "not a finite number (" + to_text(low) + " to " + to_text(high) + ")"});
        } else if (value < low || value > high) {
            problems.push_back(
                {where, to_text(value) + " is out of range (" + to_text(low) + " to " + to_text(high) + ")"});
        }
    }

    std::vector<Problem> problems;
};

void check_model(const ModelConfig& model, Rules& rules) {
    rules.range(model.layers, 1, 1000, "model.layers");
    rules.range(model.width, 2, 1 << 20, "model.width");
    rules.range(model.heads, 1, std::max<std::int64_t>(1, model.width / 2), "model.heads");
    rules.range(model.mlp_width, 1, 1 << 22, "model.mlp_width");
    rules.range(model.vocabulary, 2, 1 << 24, "model.vocabulary");
    if (model.heads >= 1 && model.width >= 2) {
        const std::string shape = "width " + to_text(model.width) + ", heads " + to_text(model.heads);
        rules.require(model.width % model.heads == 0, "model.heads",
                      shape + " (width must be a multiple of heads); choose a divisor of the width");
        rules.require(model.width % model.heads != 0 || model.head_width() % 2 == 0, "model.heads",
                      shape + " (the head width must be even); choose fewer heads");
    }
}

/// The entry of that name if it is one of `known`; a problem says what is known.
const SchemeInfo* known_entry(const std::string& name, const std::vector<std::string_view>& known, const std::string& where,
                              const std::string& sort, Rules& rules) {
    const bool found = std::find(known.begin(), known.end(), name) != known.end();
    rules.require(found, where,
                  "unknown " + sort + " \"" + name + "\" (known: " + listed(known) + ")" + did_you_mean(name, known));
    return found ? find_position_scheme(name) : nullptr;
}

void check_sampler(const TrialConfig& config, const SchemeInfo& scheme, Rules& rules) {
    const SamplerConfig& sampler = *config.position.sampler;
    const SchemeInfo* method =
        known_entry(sampler.method, names_of_kind(SchemeKind::sampler), "position.sampler", "sampler", rules);
    const std::size_t before = rules.problems.size();
    if (method == nullptr || (complete_options(*method, sampler.options, "position.sampler", rules.problems),
                              rules.problems.size() > before)) {
        return;
    }
    const std::string why_not = why_not_sampled(*method, scheme);
    rules.require(why_not.empty(), "position.sampler", why_not);
    if (sampler.method != "randomised") {
        return;
    }
    const std::int64_t longest = integer_option(sampler.options, "longest");
    const bool drawn = string_option(sampler.options, "at_evaluation") == "drawn";
    const std::vector<std::int64_t>& lengths = config.evaluation.lengths;
    const std::int64_t needed =
        std::max(config.training.train_length, drawn && !lengths.empty() ? lengths.back() : std::int64_t{0});
    rules.require(longest >= needed, "position.sampler",
                  "longest = " + to_text(longest) + " for windows of " + to_text(needed) +
                      " tokens (each token needs a position of its own); set longest = " + to_text(4 * needed));
}

void check_position(const TrialConfig& config, Rules& rules) {
    const SchemeInfo* scheme =
        known_entry(config.position.scheme, schemes_to_train(), "position.scheme", "position scheme", rules);
    if (scheme == nullptr) {
        return;
    }
    complete_options(*scheme, config.position.options, "position", rules.problems);
    if (config.position.sampler) {
        check_sampler(config, *scheme, rules);
    }
    if (!config.extension) {
        return;
    }
    const SchemeInfo* method = known_entry(config.extension->method, names_of_kind(SchemeKind::extension), "extension.method",
                                           "extension", rules);
    if (method != nullptr) {
        complete_options(*method, config.extension->options, "extension", rules.problems);
        const std::string why_not = why_not_extended(*method, *scheme);
        rules.require(why_not.empty(), "extension.method", why_not);
    }
}

void check_data(const TrialConfig& config, Rules& rules) {
    const DataConfig& data = config.data;
    rules.require(data.corpus == "gcide" || data.corpus == "synthetic" || data.corpus == "files", "data.corpus",
                  "unknown corpus \"" + data.corpus + "\" (known: gcide, synthetic, files)");
    rules.require(data.tokenizer == "bytes" || data.tokenizer == "bpe", "data.tokenizer",
                  "unknown tokenizer \"" + data.tokenizer + "\" (known: bytes, bpe)");
    rules.require(data.vocabulary == config.model.vocabulary, "model.vocabulary",
                  "the model has " + to_text(config.model.vocabulary) + " tokens, the data " +
                      to_text(data.vocabulary) + " (they must be equal)");
    rules.require((data.corpus == "files") == !data.shards.empty(), "data.shards",
                  data.shards.empty()
                      ? "no shards (corpus \"files\" reads the files named in data.shards); name them"
                      : "shards given for corpus \"" + data.corpus + "\" (they belong to corpus \"files\")");
}

void check_optimizer(const OptimizerConfig& optimizer, Rules& rules) {
    rules.range(optimizer.learning_rate, 1e-9, 100, "optimizer.learning_rate");
    rules.range(optimizer.learning_rate_multiplier, 1e-6, 1e6, "optimizer.learning_rate_multiplier");
    rules.range(optimizer.beta1, 0, 0.999999, "optimizer.beta1");
    rules.range(optimizer.beta2, 0, 0.999999, "optimizer.beta2");
    rules.range(optimizer.epsilon, 1e-30, 1, "optimizer.epsilon");
    rules.range(optimizer.weight_decay, 0, 10, "optimizer.weight_decay");
    rules.range(optimizer.clip_norm, 0, 1e6, "optimizer.clip_norm");
    rules.range(optimizer.position_learning_rate_multiplier, 0, 1e6, "optimizer.position_learning_rate_multiplier");
}

void check_training(const TrialConfig& config, Rules& rules) {
    const TrainingConfig& training = config.training;
    rules.range(training.train_length, 2, std::int64_t{1} << 24, "training.train_length");
    rules.range(training.batch_sequences, 1, std::int64_t{1} << 24, "training.batch_sequences");
    rules.range(training.shards, 1, std::int64_t{1} << 16, "training.shards");
    rules.range(training.threads, 1, 1024, "training.threads");
    rules.range(training.log_every, 1, 1000000, "training.log_every");
    const bool power_of_two = training.shards >= 1 && std::has_single_bit(static_cast<std::uint64_t>(training.shards));
    rules.require(power_of_two && training.batch_sequences % training.shards == 0, "training.shards",
                  to_text(training.shards) + " shards of " + to_text(training.batch_sequences) +
                      " sequences (a power of two that divides the sequences of a batch)");
    constexpr std::int64_t most_tokens = std::int64_t{1} << 53;
    const std::int64_t batch = std::max<std::int64_t>(1, training.batch_tokens());
    rules.range(config.total_steps, 1, most_tokens / batch, "total_steps");
    rules.range(config.schedule.cooldown_fraction, 0, 1, "schedule.cooldown_fraction");
    rules.range(config.seed, 0, std::numeric_limits<std::int64_t>::max(), "seed");
    const std::int64_t trunk = config.total_steps - config.cooldown_steps();
    rules.require(
        config.schedule.warmup_steps >= 0 && (config.schedule.warmup_steps <= trunk || config.total_steps < 1),
        "schedule.warmup_steps",
        to_text(config.schedule.warmup_steps) + " steps of warm-up, but the cooldown begins after " + to_text(trunk) +
            " of " + to_text(config.total_steps) +
            " steps (warm-up must end before it); give more tokens, smaller batches or less warm-up");
}

void check_evaluation(const TrialConfig& config, Rules& rules) {
    const std::vector<std::int64_t>& lengths = config.evaluation.lengths;
    rules.require(!lengths.empty(), "evaluation.lengths", "no evaluation lengths (at least one)");
    rules.require(std::adjacent_find(lengths.begin(), lengths.end(), std::greater_equal<>()) == lengths.end(),
                  "evaluation.lengths", "lengths are not ascending (each once, shortest first)");
    for (const std::int64_t length : lengths) {
        rules.range(length, 2, std::int64_t{1} << 26, "evaluation.lengths");
    }
    const std::int64_t longest = lengths.empty() ? 2 : lengths.back();
    rules.require(config.evaluation.tokens >= longest, "evaluation.tokens",
                  to_text(config.evaluation.tokens) + " tokens are less than one window of " + to_text(longest) +
                      " tokens (at least one window per length)");
    rules.require(lengths.empty() || !config.possible_lengths().empty(), "evaluation.lengths",
                  "every length is beyond the train length " + to_text(config.training.train_length) + " (\"" +
                      config.position.scheme + "\" stops there); add the train length");
}

}  // namespace

std::int64_t TrialConfig::cooldown_steps() const {
    if (schedule.kind == ScheduleKind::cosine || !(schedule.cooldown_fraction > 0)) {
        return 0;
    }
    const double steps = std::round(schedule.cooldown_fraction * static_cast<double>(total_steps));
    return std::clamp(static_cast<std::int64_t>(steps), std::int64_t{0}, std::max<std::int64_t>(0, total_steps));
}

std::vector<std::int64_t> TrialConfig::possible_lengths() const {
    std::vector<std::int64_t> possible;
    const std::int64_t longest = longest_context(position, extension, training.train_length);
    std::copy_if(evaluation.lengths.begin(), evaluation.lengths.end(), std::back_inserter(possible),
                 [&](std::int64_t length) { return length <= longest; });
    return possible;
}

std::vector<Problem> find_problems(const TrialConfig& config) {
    Rules rules;
    check_model(config.model, rules);
    check_position(config, rules);
    check_data(config, rules);
    check_optimizer(config.optimizer, rules);
    check_training(config, rules);
    check_evaluation(config, rules);
    return std::move(rules.problems);
}

}  // namespace overtake
