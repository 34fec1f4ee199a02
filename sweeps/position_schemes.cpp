#include "sweeps/position_schemes.hpp"

#include <algorithm>
#include <cmath>

#include "sweeps/canonical_text.hpp"
#include "sweeps/position_table.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

const OptionValue& find_option(const Options& options, std::string_view name) {
    const auto found = options.find(std::string(name));
    expects(found != options.end(), "an option that is read was filled in by complete_options");
    return found->second;
}

std::string_view type_name(const OptionValue& value) {
    constexpr std::string_view names[] = {"true or false", "an integer", "a number", "a string",
                                          "a list of numbers"};
    return names[value.index()];
}

std::string quoted(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

/// `value` as the type of the option's default, or nullopt with a problem.
std::optional<OptionValue> checked_value(const SchemeOption& option, const OptionValue& value, const std::string& where,
                                         std::vector<Problem>& problems) {
    OptionValue converted = value;
    if (std::holds_alternative<double>(option.default_value) && std::holds_alternative<std::int64_t>(value)) {
        converted = static_cast<double>(std::get<std::int64_t>(value));
    }
    const std::string label = "option " + quoted(option.name);
    if (converted.index() != option.default_value.index()) {
        problems.push_back({where, label + " has the wrong type (it takes " +
                                       std::string(type_name(option.default_value)) + "); its default is " +
                                       to_text(option.default_value)});
        return std::nullopt;
    }
    if (const auto* text = std::get_if<std::string>(&converted)) {
        if (!option.choices.empty() &&
            std::find(option.choices.begin(), option.choices.end(), *text) == option.choices.end()) {
            problems.push_back({where, label + " is " + quoted(*text) + " (known values: " + listed(option.choices) +
                                           ")" + did_you_mean(*text, option.choices)});
            return std::nullopt;
        }
        return converted;
    }
    if (std::holds_alternative<bool>(converted)) {
        return converted;
    }
    const auto is_allowed = [&](double number) {
        return std::isfinite(number) && number >= option.minimum && number <= option.maximum;
    };
    const std::string allowed = " (allowed: " + to_text(option.minimum) + " to " + to_text(option.maximum) + ")";
    const auto shown = [](double number) { return std::isfinite(number) ? to_text(number) : "not a finite number"; };
    if (const auto* list = std::get_if<std::vector<double>>(&converted)) {
        const auto wrong = std::find_if_not(list->begin(), list->end(), is_allowed);
        if (wrong == list->end()) {
            return converted;
        }
        problems.push_back({where, label + " has " + shown(*wrong) + " as number " +
                                       std::to_string(wrong - list->begin() + 1) + " of its list" + allowed});
        return std::nullopt;
    }
    const auto* integer = std::get_if<std::int64_t>(&converted);
    const double number = integer != nullptr ? static_cast<double>(*integer) : std::get<double>(converted);
    if (!is_allowed(number)) {
        problems.push_back(
            {where, label + " is " + shown(number) + allowed + "; its default is " + to_text(option.default_value)});
        return std::nullopt;
    }
    return converted;
}

}  // namespace

std::span<const SchemeInfo> position_schemes() {
    static const std::vector<SchemeInfo> table = make_position_table();
    return table;
}

const SchemeInfo* find_position_scheme(std::string_view name) {
    const auto table = position_schemes();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const SchemeInfo& scheme) { return scheme.name == name; });
    return found == table.end() ? nullptr : &*found;
}

double number_option(const Options& options, std::string_view name) {
    const OptionValue& value = find_option(options, name);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*integer);
    }
    expects(std::holds_alternative<double>(value), "the option is a number");
    return std::get<double>(value);
}

std::int64_t integer_option(const Options& options, std::string_view name) {
    const OptionValue& value = find_option(options, name);
    expects(std::holds_alternative<std::int64_t>(value), "the option is an integer");
    return std::get<std::int64_t>(value);
}

std::string string_option(const Options& options, std::string_view name) {
    const OptionValue& value = find_option(options, name);
    expects(std::holds_alternative<std::string>(value), "the option is a string");
    return std::get<std::string>(value);
}

bool flag_option(const Options& options, std::string_view name) {
    const OptionValue& value = find_option(options, name);
    expects(std::holds_alternative<bool>(value), "the option is true or false");
    return std::get<bool>(value);
}

const std::vector<double>& list_option(const Options& options, std::string_view name) {
    const OptionValue& value = find_option(options, name);
    expects(std::holds_alternative<std::vector<double>>(value), "the option is a list of numbers");
    return std::get<std::vector<double>>(value);
}

Options complete_options(const SchemeInfo& scheme, const Options& given, const std::string& where,
                         std::vector<Problem>& problems) {
    Options complete;
    std::vector<std::string_view> known;
    for (const SchemeOption& option : scheme.options) {
        known.push_back(option.name);
        complete[std::string(option.name)] = option.default_value;
    }
    for (const auto& [name, value] : given) {
        const auto option =
            std::find_if(scheme.options.begin(), scheme.options.end(),
                         [&, &key = name](const SchemeOption& candidate) { return candidate.name == key; });
        if (option == scheme.options.end()) {
            const std::string rule = known.empty() ? "it takes no options" : "its options: " + listed(known);
            problems.push_back({where, quoted(scheme.name) + " has no option " + quoted(name) + " (" + rule + ")" +
                                           did_you_mean(name, known)});
        } else if (auto checked = checked_value(*option, value, where, problems)) {
            complete[name] = std::move(*checked);
        }
    }
    return complete;
}

Options identifying_options(std::string_view scheme, const Options& complete) {
    Options identifying = complete;
    if (const SchemeInfo* info = find_position_scheme(scheme)) {
        for (const SchemeOption& option : info->options) {
            const auto found = identifying.find(std::string(option.name));
            if (option.later && found != identifying.end() && found->second == option.default_value) {
                identifying.erase(found);
            }
        }
    }
    return identifying;
}

std::int64_t rotated_pairs(const ModelConfig& model, const PositionConfig& position) {
    const auto share = position.options.find("rotated_share");
    if (position.scheme != "partial-rope" || share == position.options.end()) {
        return model.head_width() / 2;
    }
    const double channels = number_option(position.options, "rotated_share") * static_cast<double>(model.head_width());
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(channels) / 2);
}

std::string_view name_of(SchemeKind kind) {
    switch (kind) {
        case SchemeKind::hand_made:
            return "hand-made";
        case SchemeKind::learned:
            return "learned";
        case SchemeKind::extension:
            return "extension";
        case SchemeKind::sampler:
            return "sampler";
    }
    return "";
}

std::string_view name_of(SchemeClass scheme_class) {
    switch (scheme_class) {
        case SchemeClass::rope_line:
            return "H";
        case SchemeClass::trained_constants:
            return "S";
        case SchemeClass::learned_form:
            return "L";
        case SchemeClass::content_gate:
            return "G";
        case SchemeClass::control:
            return "control";
    }
    return "";
}

}  // namespace overtake
