#include "sweeps/results/trial_results.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>

#include "sweeps/position_schemes.hpp"
#include "sweeps/search_options.hpp"

namespace overtake {

namespace {

std::string shortest(double value) {
    std::array<char, 32> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

std::string to_text(const OptionValue& value) {
    if (const bool* flag = std::get_if<bool>(&value)) {
        return *flag ? "true" : "false";
    }
    if (const std::int64_t* integer = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*integer);
    }
    if (const double* number = std::get_if<double>(&value)) {
        return shortest(*number);
    }
    if (const std::string* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    std::string list = "[";
    for (const double number : std::get<std::vector<double>>(value)) {
        list += (list.size() > 1 ? " " : "") + shortest(number);
    }
    return list + "]";
}

void append_options(std::string& text, const std::string& prefix, const Options& options) {
    for (const auto& [name, value] : options) {
        text += (text.empty() ? "" : ",") + prefix + name + "=" + to_text(value);
    }
}

/// Options that differ from their default, but for the factor, which the name has already.
void append_unusual(std::string& text, const SchemeInfo* info, const Options& options) {
    Options unusual;
    for (std::size_t i = 0; info != nullptr && i < info->options.size(); ++i) {
        const SchemeOption& option = info->options[i];
        const auto found = options.find(std::string(option.name));
        if (option.name != "factor" && found != options.end() && found->second != option.default_value) {
            unusual.insert(*found);
        }
    }
    append_options(text, "", unusual);
}

using Index = std::map<std::string_view, const StageRecord*>;

Index index_by_id(std::span<const StageRecord> stages) {
    Index index;
    for (const StageRecord& stage : stages) {
        index.emplace(stage.id, &stage);
    }
    return index;
}

/// What is known without any record.
TrialResult describe(const Trial& trial) {
    const TrialConfig& config = trial.config;
    TrialResult result;
    result.id = trial.id;
    result.cell = trial.cell;
    result.size = config.size;
    result.scheme = scheme_name(config);
    const bool rescaled = config.extension && config.extension->method != "continue";
    const SchemeInfo* scheme = find_position_scheme(rescaled ? config.extension->method : config.position.scheme);
    result.scheme_class = scheme == nullptr ? "" : std::string(name_of(scheme->scheme_class));
    result.options = describe_options(config);
    result.seed = config.seed;
    result.train_length = config.training.train_length;
    result.learning_rate_multiplier = config.optimizer.learning_rate_multiplier;
    result.parameters = count_parameters(config.model, config.position, config.training.train_length);
    result.tokens = config.tokens();
    result.flops = trial.path_flops;
    result.six_nd = six_nd(config.model, config.tokens());
    const std::int64_t available = config.data.train_tokens;
    result.unique_tokens = available > 0 ? std::min(result.tokens, available) : result.tokens;
    result.epochs = available > 0 ? static_cast<double>(result.tokens) / static_cast<double>(available) : 0;
    result.path = trial.path;
    result.text = trial.text;
    return result;
}

/// Adds what the records of the path say.
void judge(TrialResult& trial, const Index& index) {
    trial.final_train_loss = std::numeric_limits<double>::quiet_NaN();
    for (const std::string& id : trial.path) {
        const auto found = index.find(id);
        if (found == index.end()) {
            continue;
        }
        const StageRecord& stage = *found->second;
        trial.seconds += stage.provenance.seconds;
        if (!stage.curve.empty()) {
            trial.final_train_loss = stage.curve.back().train_loss;
        }
        if (stage.status != StageStatus::done && trial.status == TrialStatus::unfinished) {
            trial.status = stage.status == StageStatus::diverged ? TrialStatus::diverged : TrialStatus::failed;
            trial.reason = stage.reason;
        }
        if (stage.status == StageStatus::done && trial.status == TrialStatus::unfinished && id == trial.path.back()) {
            trial.status = TrialStatus::done;
        }
    }
}

}  // namespace

std::string scheme_name(const TrialConfig& config) {
    const std::string trained =
        config.position.scheme + (config.position.sampler ? "+" + config.position.sampler->method : "");
    if (!config.extension) {
        return trained;
    }
    const ExtensionConfig& extension = *config.extension;
    std::string name = trained + "+" + extension.method;
    if (const auto factor = extension.options.find("factor"); factor != extension.options.end()) {
        name += "-x" + to_text(factor->second);
    }
    name += extension.search ? "-" + extension.search->method : "";
    name += extension.tune ? "-tuned-" + extension.tune->tokens : "";
    std::string unusual;
    append_unusual(unusual, find_position_scheme(extension.method), extension.options);
    if (extension.search) {
        append_unusual(unusual, find_search_method(extension.search->method), extension.search->options);
    }
    if (extension.tune && extension.tune->learning_rate_multiplier != TuneConfig().learning_rate_multiplier) {
        append_options(unusual, "", {{"tune_learning_rate_multiplier", extension.tune->learning_rate_multiplier}});
    }
    return unusual.empty() ? name : name + "[" + unusual + "]";
}

std::string describe_options(const TrialConfig& config) {
    std::string text;
    append_options(text, "", identifying_options(config.position.scheme, config.position.options));
    if (config.position.sampler) {
        append_options(text, "", {{"sampler", config.position.sampler->method}});
        append_options(text, config.position.sampler->method + ".", config.position.sampler->options);
    }
    if (config.extension) {
        append_options(text, config.extension->method + ".",
                       identifying_options(config.extension->method, config.extension->options));
        if (config.extension->search) {
            append_options(text, "", config.extension->search->options);
        }
        if (config.extension->tune) {
            append_options(text, "", {{"tune_learning_rate_multiplier", config.extension->tune->learning_rate_multiplier},
                                      {"tune_tokens", config.extension->tune->tokens}});
        }
    }
    return text;
}

std::vector<TrialResult> judge_trials(const StageForest& forest, std::span<const StageRecord> stages) {
    const Index index = index_by_id(stages);
    std::vector<TrialResult> results;
    results.reserve(forest.trials.size());
    for (const Trial& trial : forest.trials) {
        results.push_back(describe(trial));
        judge(results.back(), index);
    }
    attach_evaluations(results, stages);
    return results;
}

void attach_evaluations(std::vector<TrialResult>& trials, std::span<const StageRecord> stages) {
    const Index index = index_by_id(stages);
    for (TrialResult& trial : trials) {
        const auto last = trial.path.empty() ? index.end() : index.find(trial.path.back());
        trial.evaluations.clear();
        if (last != index.end()) {
            trial.evaluations = last->second->evaluations;
            std::ranges::stable_sort(trial.evaluations, {}, &Evaluation::context_length);
        }
    }
}

}  // namespace overtake
