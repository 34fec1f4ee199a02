#include "sweeps/position_rules.hpp"

#include <algorithm>
#include <limits>

namespace overtake {

namespace {

template <class Predicate>
std::vector<std::string_view> names_where(const Predicate& wanted) {
    std::vector<std::string_view> names;
    for (const SchemeInfo& info : position_schemes()) {
        if (wanted(info)) {
            names.push_back(info.name);
        }
    }
    return names;
}

std::string pair_of(const SchemeInfo& method, const SchemeInfo& scheme, const char* verb) {
    return "\"" + std::string(method.name) + "\" can't " + verb + " \"" + std::string(scheme.name) + "\" ";
}

}  // namespace

bool is_trainable(const SchemeInfo& info) {
    return info.kind == SchemeKind::hand_made || info.kind == SchemeKind::learned;
}

std::vector<std::string_view> schemes_to_train() {
    return names_where(is_trainable);
}

std::vector<std::string_view> names_of_kind(SchemeKind kind) {
    return names_where([&](const SchemeInfo& info) { return info.kind == kind; });
}

std::string why_not_extended(const SchemeInfo& method, const SchemeInfo& scheme) {
    const bool rotary = scheme.rotary;
    if (method.name == "continue") {
        return scheme.limited_to_train_length
                   ? pair_of(method, scheme, "extend") + "(its table ends at the train length); " +
                         (scheme.has_table ? "write extension = \"interpolate\", or " : "") + "set scheme = \"rope\""
                   : "";
    }
    if (method.has_table) {
        return scheme.has_table ? "" : pair_of(method, scheme, "extend") + "(it extends a table, and there is none); " +
                                           (rotary ? "write extension = \"pi\"" : "leave the extension out");
    }
    return rotary ? ""
                  : pair_of(method, scheme, "extend") + "(it rescales RoPE's frequencies); " +
                        (scheme.has_table ? "write extension = \"interpolate\", or " : "") + "set scheme = \"rope\"";
}

std::string why_not_sampled(const SchemeInfo& sampler, const SchemeInfo& scheme) {
    if (scheme.counts_tokens) {
        return pair_of(sampler, scheme, "wrap") + "(it goes by the tokens between query and key, and positions don't enter); leave the sampler out";
    }
    return scheme.whole_positions && !sampler.whole_positions
               ? pair_of(sampler, scheme, "wrap") +
                     "(its positions are fractions, and the scheme has numbers for whole ones only); write sampler = "
                     "\"randomised\""
               : "";
}

std::int64_t positions_in_training(const PositionConfig& position, std::int64_t train_length) {
    const auto option = [&](const char* name) {
        const auto found = position.sampler->options.find(name);
        const auto* value = found == position.sampler->options.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
        return value == nullptr ? std::int64_t{0} : *value;
    };
    if (position.sampler && position.sampler->method == "randomised") {
        return std::max(train_length, option("longest"));
    }
    return train_length + (position.sampler && position.sampler->method == "shape" ? option("offset") : 0);
}

bool draws_in_evaluation(const PositionConfig& position) {
    const auto* options = position.sampler ? &position.sampler->options : nullptr;
    const auto found = options != nullptr ? options->find("at_evaluation") : Options::const_iterator();
    return options != nullptr && found != options->end() && found->second == OptionValue(std::string("drawn"));
}

std::int64_t longest_context(const PositionConfig& position, const std::optional<ExtensionConfig>& extension,
                             std::int64_t train_length) {
    const SchemeInfo* scheme = find_position_scheme(position.scheme);
    const SchemeInfo* method = extension ? find_position_scheme(extension->method) : nullptr;
    const auto beyond = position.options.find("beyond");
    const bool goes_on = (beyond != position.options.end() && beyond->second != OptionValue(std::string("refuse"))) ||
                         (method != nullptr && method->has_table);
    return scheme != nullptr && scheme->limited_to_train_length && !goes_on
               ? positions_in_training(position, train_length)
               : std::numeric_limits<std::int64_t>::max();
}

}  // namespace overtake
