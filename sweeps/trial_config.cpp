#include "sweeps/trial_config.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/search_options.hpp"
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

/// Tuning keeps the tokens of a batch and its shards, so longer windows must divide both.
void check_tuning(const TrialConfig& config, Rules& rules) {
    if (!config.extension->tune) {
        return;
    }
    rules.range(config.extension->tune->steps, 1, std::int64_t{1} << 53, "extension.tune");
    rules.range(config.extension->tune->learning_rate_multiplier, 1e-6, 1e6, "extension.tune");
    const std::int64_t window = std::max<std::int64_t>(1, config.extended_length(config.tuned_factor()));
    const std::int64_t batch = config.training.batch_tokens(), shards = std::max<std::int64_t>(1, config.training.shards);
    rules.require(batch % window == 0 && batch / window % shards == 0, "extension.tune",
                  "fine-tuning at " + to_text(window) + " tokens of context (a batch of " + to_text(batch) + " tokens in " + to_text(shards) +
                      " shards is no whole number of such windows); choose batch_tokens as a multiple of shards x factor x train length");
}

void check_search(const TrialConfig& config, Rules& rules) {
    const ExtensionConfig& extension = *config.extension;
    if (!extension.search) {
        return;
    }
    const SchemeInfo* method = find_search_method(extension.search->method);
    rules.require(method != nullptr, "extension.search", "unknown search \"" + extension.search->method + "\" (known: evolution, gradient)");
    rules.require(is_searchable(extension.method), "extension.search",
                  "\"" + extension.method + "\" has no factors to search (a search finds those of longrope and longrope2); leave search out");
    if (method == nullptr) {
        return;
    }
    const std::size_t before = rules.problems.size();
    complete_options(*method, extension.search->options, "extension.search", rules.problems);
    if (rules.problems.size() > before) {
        return;
    }
    const Options& options = extension.search->options;
    rules.require(extension.search->method == "evolution" || extension.method == "longrope", "extension.search",
                  "search = \"gradient\" with longrope2 (which pairs are rescaled has no gradient); use evolution, or extend by longrope");
    rules.require(string_option(options, "search_objective") == "perplexity", "extension.search",
                  "search_objective = \"needle\" (this program has no needle to search with yet); use perplexity");
    const bool evolves = extension.search->method == "evolution" && extension.method == "longrope";
    rules.require(evolves || !flag_option(options, "search_short"), "extension.search",
                  "search_short with " + extension.search->method + " and " + extension.method +
                      " (short factors are those of longrope, by evolution); leave search_short out");
    rules.require(extension.search->method == "evolution" || search_evaluations(*extension.search) >= 24, "extension.search",
                  "a budget of " + to_text(search_evaluations(*extension.search)) +
                      " evaluations (at least 24: seeds, every n-hat, and steps at three each); give a larger search_population");
    const double first = number_option(options, "search_first_factor"), last = number_option(extension.options, "factor");
    rules.require(first == 0 || (first >= 1 && first < last && extension.tune), "extension.search",
                  "search_first_factor = " + to_text(first) + " (0, or from 1 to below factor, with tune_tokens: the second search goes on from "
                  "the tuned model); give tune_tokens and a smaller search_first_factor");
}

/// What the range of a single option can't say.
void check_extension(const TrialConfig& config, const SchemeInfo& method, Rules& rules) {
    const Options& options = config.extension->options;
    for (const SchemeOption& option : method.options) {
        const auto given = options.find(std::string(option.name));
        const auto* list = given == options.end() ? nullptr : std::get_if<std::vector<double>>(&given->second);
        if (option.per_pair && list != nullptr && !list->empty() && config.model.heads > 0) {
            const auto pairs = static_cast<std::size_t>(rotated_pairs(config.model, config.position));
            rules.require(list->size() == pairs, "extension." + std::string(option.name),
                          std::string(option.name) + " has " + std::to_string(list->size()) +
                              " numbers (one for each of the " + std::to_string(pairs) + " pairs that rotate)");
        }
    }
    const auto number = [&](const char* name) {
        const auto given = options.find(name);
        const auto* value = given == options.end() ? nullptr : std::get_if<double>(&given->second);
        return value == nullptr ? std::nullopt : std::optional(*value);
    };
    for (const auto& [low, high] :
         {std::pair{"low_frequency_factor", "high_frequency_factor"}, std::pair{"beta_slow", "beta_fast"}}) {
        rules.require(!number(low) || !number(high) || *number(low) < *number(high), "extension." + std::string(high),
                      std::string(high) + " is not above " + low + " (pairs that turn often keep their frequency)");
    }
}

void check_position(const TrialConfig& config, Rules& rules) {
    std::vector<std::string_view> schemes;
    std::vector<std::string_view> methods;
    for (const SchemeInfo& info : position_schemes()) {
        (info.kind == SchemeKind::extension ? methods : schemes).push_back(info.name);
    }
    const SchemeInfo* scheme = find_position_scheme(config.position.scheme);
    if (scheme == nullptr || scheme->kind == SchemeKind::extension) {
        rules.problems.push_back({"position.scheme", "unknown position scheme \"" + config.position.scheme +
                                                         "\" (known: " + listed(schemes) + ")" +
                                                         did_you_mean(config.position.scheme, schemes)});
        return;
    }
    complete_options(*scheme, config.position.options, "position", rules.problems);
    if (!config.extension) {
        return;
    }
    const std::string& name = config.extension->method;
    const SchemeInfo* method = find_position_scheme(name);
    if (method == nullptr || method->kind != SchemeKind::extension) {
        rules.problems.push_back({"extension.method", "unknown extension \"" + name + "\" (known: " + listed(methods) +
                                                          ")" + did_you_mean(name, methods)});
        return;
    }
    complete_options(*method, config.extension->options, "extension", rules.problems);
    const auto on = config.position.options.find("on");
    const bool without_rope = on != config.position.options.end() && on->second == OptionValue(std::string("none"));
    const std::string obstacle(without_rope && name != "continue" ? "it rescales RoPE's frequencies" : obstacle_of(*method, *scheme));
    rules.require(obstacle.empty(), "extension.method",
                  "\"" + name + "\" can't extend \"" + config.position.scheme + "\" (" + obstacle + "); extend rope");
    check_extension(config, *method, rules);
    check_tuning(config, rules);
    check_search(config, rules);
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
    const SchemeInfo* scheme = find_position_scheme(config.position.scheme);
    const bool limited = scheme != nullptr && scheme->limited_to_train_length;
    rules.require(!limited || lengths.empty() || lengths.front() <= config.training.train_length, "evaluation.lengths",
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
    const SchemeInfo* scheme = find_position_scheme(position.scheme);
    std::vector<std::int64_t> possible;
    for (const std::int64_t length : evaluation.lengths) {
        if (scheme == nullptr || !scheme->limited_to_train_length || length <= training.train_length) {
            possible.push_back(length);
        }
    }
    return possible;
}

std::int64_t TrialConfig::extended_length(double factor) const {
    return std::llround(factor * static_cast<double>(training.train_length));
}

double TrialConfig::tuned_factor() const {
    expects(extension.has_value(), "the trial has an extension");
    const double first = extension->search ? number_option(extension->search->options, "search_first_factor") : 0;
    return first > 0 ? first : number_option(extension->options, "factor");
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
