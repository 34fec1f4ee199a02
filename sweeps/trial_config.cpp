#include "sweeps/trial_config.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/evaluation_tasks.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/quantity.hpp"
#include "sweeps/scored_positions.hpp"
#include "sweeps/search_options.hpp"
#include "sweeps/search_rules.hpp"
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
    const auto short_learned = options.find("learned_short_factors");
    rules.require(short_learned == options.end() || short_learned->second == OptionValue(false), "extension.learned_short_factors",
                  "learned_short_factors = true (fine-tuning is at longer contexts, where short factors have no gradient); write "
                  "search = \"gradient\", search_short = true");
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
    rules.require(config.data.documents != Documents::packed, "position.sampler",
                  "\"" + sampler.method + "\" in packed windows (a sampler's positions are not restarted at documents); set documents = \"joined\"");
    if (sampler.method != "randomised") {
        return;
    }
    const std::int64_t longest = integer_option(sampler.options, "longest");
    const bool drawn = string_option(sampler.options, "at_evaluation") == "drawn";
    const std::vector<std::int64_t>& lengths = config.evaluation.lengths;
    std::int64_t needed = std::max(config.training.train_length, drawn && !lengths.empty() ? lengths.back() : std::int64_t{0});
    if (config.extension && config.extension->tune && config.extension->options.contains("factor")) {
        needed = std::max(needed, config.extended_length(config.tuned_factor()));
    }
    if (drawn && config.extension && config.extension->search && config.extension->options.contains("factor")) {
        needed = std::max(needed, config.extended_length(number_option(config.extension->options, "factor")));
    }
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
    if (method == nullptr) {
        return;
    }
    complete_options(*method, config.extension->options, "extension", rules.problems);
    const std::string why_not = why_not_extended(*method, *scheme);
    rules.require(why_not.empty(), "extension.method", why_not);
    check_extension(config, *method, rules);
    const auto on = config.position.options.find("on");
    const bool without_rope = on != config.position.options.end() && on->second == OptionValue(std::string("none"));
    rules.require(!without_rope || method->name == "continue", "extension.method",
                  "\"" + config.extension->method + "\" can't extend \"" + config.position.scheme +
                      "\" without RoPE (it rescales RoPE's frequencies); set on = \"rope\"");
    if (config.extension->options.contains("factor")) {
        check_tuning(config, rules);
        std::ranges::move(find_search_problems(config), std::back_inserter(rules.problems));
    } else {
        rules.require(!config.extension->tune && !config.extension->search, "extension.method",
                      "\"" + config.extension->method + "\" with stages of its own (it has no factor, so no length to tune or to "
                      "search for); leave tune_tokens and search out");
    }
}

void check_data(const TrialConfig& config, Rules& rules) {
    const DataConfig& data = config.data;
    const bool known = data.corpus == "gcide" || data.corpus == "linux" || data.corpus == "synthetic";
    rules.require(known || data.corpus == "files", "data.corpus",
                  "unknown corpus \"" + data.corpus + "\" (known: gcide, linux, synthetic, files)");
    rules.require(data.tokenizer == "bytes" || data.tokenizer == "bpe", "data.tokenizer",
                  "unknown tokenizer \"" + data.tokenizer + "\" (known: bytes, bpe)");
    rules.require(data.vocabulary == config.model.vocabulary, "model.vocabulary",
                  "the model has " + to_text(config.model.vocabulary) + " tokens, the data " +
                      to_text(data.vocabulary) + " (they must be equal)");
    rules.require((data.corpus == "files") == !data.shards.empty(), "data.shards",
                  data.shards.empty()
                      ? "no shards (corpus \"files\" reads the files named in data.shards); name them"
                      : "shards given for corpus \"" + data.corpus + "\" (they belong to corpus \"files\")");
    const std::string no_documents =
        " (nobody knows where documents of " +
        (data.corpus == "files" ? std::string("token shards or of a single file") : "\"" + data.corpus + "\"") +
        " begin); ";
    rules.require(data.documents == Documents::joined || data.has_documents(), "data.documents",
                  "documents are \"packed\"" + no_documents +
                      "use \"joined\", or corpus \"linux\", \"synthetic\" or several text files");
    rules.require(config.evaluation.windows == WindowPlaces::spread || data.has_documents(), "evaluation.windows",
                  "windows are at \"documents\"" + no_documents +
                      "use \"spread\", or corpus \"linux\", \"synthetic\" or several text files");
    rules.range(data.recall_share, 0, 0.5, "data.recall_share");
    rules.require(data.recall_share == 0 || (data.corpus != "synthetic" && !data.has_token_shards()),
                  "data.recall_share",
                  "recall can't be planted into " +
                      (data.corpus == "synthetic" ? std::string("\"synthetic\" (it has recall of its own, after cues)")
                                                  : "token shards (it is planted into text)") +
                      "; leave recall_share out");
    rules.require(
        (data.recall_share > 0) == !data.recall_distances.empty(), "data.recall_distances",
        "recall needs both a share above 0 and distances (one without the other plants nothing); set both, or "
        "neither");
    for (const std::int64_t distance : data.recall_distances) {
        rules.range(distance, 32, 1 << 20, "data.recall_distances");
    }
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
    std::int64_t longest = 2;
    for (const std::int64_t length : lengths) {
        longest = config.evaluation.is_blockwise(length) ? longest : std::max(longest, length);
    }
    rules.require(config.evaluation.tokens >= longest, "evaluation.tokens",
                  to_text(config.evaluation.tokens) + " tokens are less than one window of " + to_text(longest) +
                      " tokens (at least one window per length)");
    const bool beyond = !lengths.empty() && lengths.front() > longest_context(config.position, config.extension, config.training.train_length);
    rules.require(!beyond, "evaluation.lengths",
                  "every length is beyond the train length " + to_text(config.training.train_length) + " (\"" +
                      config.position.scheme + "\" stops there); add the train length");
    rules.require(beyond || lengths.empty() || !config.possible_lengths().empty(), "evaluation.lengths",
                  "every length is evaluated block by block (\"" + config.scheme_name() +
                      "\" has no form for a part of a window); add a length up to " +
                      to_text(EvaluationConfig::blockwise_above) + ", without blockwise = true");
}

void check_measures(const TrialConfig& config, Rules& rules) {
    const EvaluationConfig& evaluation = config.evaluation;
    rules.range(evaluation.scored_blocks, 0, 1 << 20, "evaluation.scored_blocks");
    rules.range(evaluation.scored_block, 1, 1 << 20, "evaluation.scored_block");
    rules.range(evaluation.task_samples, 1, 1 << 20, "evaluation.task_samples");
    const std::int64_t shortest = evaluation.lengths.empty() ? 2 : evaluation.lengths.front();
    rules.require(evaluation.sliding_stride >= 0 && evaluation.sliding_stride <= shortest, "evaluation.sliding_stride",
                  to_text(evaluation.sliding_stride) + " new targets per sliding window (at most the shortest length, " +
                      to_text(shortest) + ")");
    const std::vector<double>& depths = evaluation.task_depths;
    const bool ascending = std::adjacent_find(depths.begin(), depths.end(), std::greater_equal<>()) == depths.end();
    rules.require(!depths.empty() && ascending && depths.front() >= 0 && depths.back() <= 1, "evaluation.task_depths",
                  "depths are not ascending shares between 0 and 1 (the part of the filler before the needle)");
    for (const std::string& name : evaluation.tasks) {
        const TaskInfo* task = find_task(name);
        rules.require(task == nullptr || !task->is_text || is_byte_text(config.data), "evaluation.tasks",
                      "\"" + name + "\" is made of sentences (it needs tokens that are bytes of text); leave it out, or use tokenizer = \"bytes\"");
    }
    rules.require(evaluation.tasks.empty() || config.model.vocabulary >= 32, "evaluation.tasks",
                  "a vocabulary of " + to_text(config.model.vocabulary) + " is too small for tasks (at least 32)");
    for (const std::int64_t length : config.possible_lengths()) {
        const double flops = evaluation.is_blockwise(length) ? blockwise_flops(config, length) : 0;
        rules.require(flops <= evaluation.blockwise_flops, "evaluation.lengths",
                      "a window of " + to_text(length) + " tokens takes " + rounded(flops) + " FLOPs (blockwise_flops is " +
                          rounded(evaluation.blockwise_flops) +
                          "; every layer but the last attends from all positions); use fewer layers or scored_blocks, or raise blockwise_flops");
    }
}

}  // namespace

std::int64_t TrialConfig::cooldown_steps() const {
    if (schedule.kind == ScheduleKind::cosine || !(schedule.cooldown_fraction > 0)) {
        return 0;
    }
    const double steps = std::round(schedule.cooldown_fraction * static_cast<double>(total_steps));
    return std::clamp(static_cast<std::int64_t>(steps), std::int64_t{0}, std::max<std::int64_t>(0, total_steps));
}

std::string TrialConfig::scheme_name() const { return position.scheme + (extension ? "+" + extension->method : ""); }

bool DataConfig::has_token_shards() const {
    return std::any_of(shards.begin(), shards.end(), [](const std::string& name) { return name.ends_with(".bin"); });
}

bool DataConfig::has_documents() const {
    return corpus == "linux" || corpus == "synthetic" || (shards.size() > 1 && !has_token_shards());
}

std::vector<std::int64_t> TrialConfig::possible_lengths() const {
    const SchemeInfo* scheme = find_position_scheme(position.scheme);
    const SchemeInfo* method = extension ? find_position_scheme(extension->method) : nullptr;
    const std::int64_t longest = longest_context(position, extension, training.train_length);
    const bool at_its_place = scheme == nullptr || scheme->fused_attention || !draws_in_evaluation(position);  // no bias by whole lags
    const bool by_blocks = (scheme == nullptr || scheme->blockwise) && (method == nullptr || method->blockwise) && at_its_place;
    std::vector<std::int64_t> possible;
    std::copy_if(evaluation.lengths.begin(), evaluation.lengths.end(), std::back_inserter(possible),
                 [&](std::int64_t length) { return length <= longest && (by_blocks || !evaluation.is_blockwise(length)); });
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
    check_measures(config, rules);
    return std::move(rules.problems);
}

}  // namespace overtake
