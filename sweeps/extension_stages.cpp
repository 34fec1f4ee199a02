#include "sweeps/extension_stages.hpp"

#include <algorithm>
#include <cmath>

#include "sweeps/canonical_text.hpp"
#include "sweeps/quantity.hpp"
#include "sweeps/search_options.hpp"
#include "sweeps/spelling.hpp"
#include "sweeps/written_options.hpp"

namespace overtake {

namespace {

struct TuneTokens {
    double value = 0;
    bool share = false;  // of D
    bool operator==(const TuneTokens&) const = default;
};

/// "1M" tokens, or "2%" of D.
std::optional<TuneTokens> parse_tune_tokens(std::string_view text) {
    const bool share = text.ends_with('%');
    if (share) {
        text.remove_suffix(1);
    }
    const std::optional<Quantity> quantity = parse_quantity(text);
    if (!quantity || quantity->unit != Unit::count || (share && quantity->value > 1000)) {
        return std::nullopt;
    }
    return TuneTokens{share ? quantity->value / 100 : quantity->value, share};
}

std::string as_written(const OptionValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : to_text(value);
}

void read_tuning(const DocumentNode& node, ExtensionConfig& extension, Complaints& complaints) {
    constexpr std::array<std::string_view, 2> known{"tune_tokens", "tune_learning_rate_multiplier"};
    TuneConfig tune;
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        if (!entry.key.starts_with("tune_")) {
            continue;
        }
        const std::optional<OptionValue> value = option_of(entry, complaints);
        if (!value) {
            continue;
        }
        if (entry.key == "tune_tokens") {
            tune.tokens = as_written(*value);
            const bool number = std::holds_alternative<std::string>(*value) || std::holds_alternative<std::int64_t>(*value);
            if (!number || !parse_tune_tokens(tune.tokens)) {
                complaints.add(entry.node.place, "tune_tokens is " + entry.node.shown() +
                                                     " (tokens of fine-tuning, or a share of the trial's); try \"1M\" or \"2%\"");
                return;
            }
        } else if (entry.key == "tune_learning_rate_multiplier") {
            const auto* integer = std::get_if<std::int64_t>(&*value);
            const auto* number = std::get_if<double>(&*value);
            tune.learning_rate_multiplier = integer != nullptr  ? static_cast<double>(*integer)
                                            : number != nullptr ? *number
                                                                : 0;
            if (!(tune.learning_rate_multiplier >= 1e-6 && tune.learning_rate_multiplier <= 1e6)) {
                complaints.add(entry.node.place, "tune_learning_rate_multiplier is " + entry.node.shown() +
                                                     " (of the peak learning rate, 1e-06 to 1e+06); its default is 0.1");
                return;
            }
        } else {
            complaints.add(entry.place, "unknown key \"" + entry.key + "\" of fine-tuning (keys: " + listed(known) + ")" +
                                            did_you_mean(entry.key, known));
        }
    }
    const bool without_tokens = tune.tokens.empty() && tune.learning_rate_multiplier != TuneConfig().learning_rate_multiplier;
    if (without_tokens) {
        complaints.add(node.find("tune_learning_rate_multiplier")->place,
                       "tune_learning_rate_multiplier without tune_tokens (nothing is tuned); add tune_tokens = \"2%\"");
    } else if (!tune.tokens.empty() && parse_tune_tokens(tune.tokens)->value > 0) {
        extension.tune = tune;
    }
}

void read_search(const DocumentNode& node, ExtensionConfig& extension, Complaints& complaints) {
    Options given;
    const DocumentEntry* stray = nullptr;
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        if (entry.key.starts_with("search_")) {
            stray = stray == nullptr ? &entry : stray;
            if (const auto value = option_of(entry, complaints)) {
                given[entry.key] = *value;
            }
        }
    }
    const DocumentEntry* named = node.find("search");
    const auto* name = named == nullptr ? nullptr : named->node.as<std::string>();
    const SchemeInfo* method = name == nullptr ? nullptr : find_search_method(*name);
    if (method != nullptr) {
        extension.search = SearchConfig{*name, checked_options(*method, node, given, complaints)};
    } else if (named != nullptr && (name == nullptr || *name != "none")) {
        const std::vector<std::string_view> known{"evolution", "gradient", "none"};
        complaints.add(named->node.place, "search is " + named->node.shown() + " (known: " + listed(known) + ")" +
                                              (name == nullptr ? "" : did_you_mean(*name, known)));
    } else if (stray != nullptr) {
        complaints.add(stray->place, "\"" + stray->key + "\" without a search (nothing is searched); add search = \"evolution\"");
    }
}

}  // namespace

bool is_stage_key(std::string_view key) { return key == "search" || key.starts_with("search_") || key.starts_with("tune_"); }

void read_extension_stages(const DocumentNode& node, ExtensionConfig& extension, Complaints& complaints) {
    read_tuning(node, extension, complaints);
    read_search(node, extension, complaints);
}

std::int64_t tuning_steps(const TuneConfig& tune, std::int64_t budget_tokens, std::int64_t batch_tokens) {
    const std::optional<TuneTokens> wanted = parse_tune_tokens(tune.tokens);
    expects(wanted.has_value(), "tune_tokens was checked when it was read");
    const double tokens = wanted->share ? wanted->value * static_cast<double>(budget_tokens) : wanted->value;
    return static_cast<std::int64_t>(std::clamp(std::round(tokens / static_cast<double>(batch_tokens)), 1.0, 0x1p53));
}

bool stages_agree(const ExtensionConfig& extension, std::string_view key, const OptionValue& value) {
    if (key == "search") {
        return value == OptionValue(extension.search ? extension.search->method : std::string("none"));
    }
    if (key == "tune_tokens") {
        const std::optional<TuneTokens> wanted = parse_tune_tokens(as_written(value));
        return wanted == (extension.tune ? parse_tune_tokens(extension.tune->tokens) : TuneTokens{0, wanted && wanted->share});
    }
    if (key == "tune_learning_rate_multiplier") {
        const auto* integer = std::get_if<std::int64_t>(&value);
        const OptionValue wanted = integer != nullptr ? OptionValue(static_cast<double>(*integer)) : value;
        return extension.tune && wanted == OptionValue(extension.tune->learning_rate_multiplier);
    }
    return false;
}

}  // namespace overtake
