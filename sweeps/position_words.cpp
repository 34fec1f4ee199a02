#include "sweeps/position_words.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sweeps/canonical_text.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

/// A TOML string: JSON's escapes are TOML's.
std::string toml_string(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_toml_value(const std::string& text) {
    Complaints complaints("");
    const DocumentNode document = parse_document("value = " + text + "\n", complaints);
    const auto* table = document.as<DocumentNode::Table>();
    return complaints.empty() && table != nullptr && table->size() == 1;
}

const SchemeInfo& known_name(const std::string& name) {
    if (const SchemeInfo* info = find_position_scheme(name)) {
        return *info;
    }
    std::vector<std::string_view> names;
    for (const SchemeInfo& info : position_schemes()) {
        names.push_back(info.name);
    }
    throw ConfigError({{"scheme", "unknown position scheme or extension \"" + name + "\" (known: " + listed(names) + ")" +
                                      did_you_mean(name, names)}});
}

}  // namespace

PositionChoice choose_position(const PositionWords& words) {
    const std::size_t plus = words.scheme.find('+');
    std::string scheme = words.scheme.substr(0, plus);
    std::string extension = plus == std::string::npos ? "" : words.scheme.substr(plus + 1);
    if (known_name(scheme).kind == SchemeKind::extension && extension.empty()) {
        extension = std::exchange(scheme, words.extended);
    }
    std::string toml = "[position]\nscheme = " + toml_string(scheme) + "\n";
    bool wants_factor = false;
    if (!extension.empty()) {
        toml += "extension = " + toml_string(extension) + "\n";
        const std::vector<SchemeOption>& options = known_name(extension).options;
        wants_factor = std::any_of(options.begin(), options.end(), [](const SchemeOption& option) { return option.name == "factor"; });
    }
    for (const auto& [name, value] : words.settings) {
        toml += toml_string(name) + " = " + (is_toml_value(value) ? value : toml_string(value)) + "\n";
        wants_factor = wants_factor && name != "factor";
    }
    if (wants_factor) {
        toml += "factor = " + to_text(words.factor) + "\n";
    }
    Complaints complaints("");
    const DocumentNode document = parse_document(toml, complaints);
    std::optional<PositionChoice> choice;
    if (complaints.empty()) {
        choice = parse_position(document.find("position")->node, complaints);
    }
    if (!choice || !complaints.empty()) {
        std::vector<Problem> problems = complaints.problems();
        for (Problem& problem : problems) {
            problem.where = words.scheme;
        }
        throw ConfigError(problems);
    }
    return *choice;
}

std::pair<std::string, std::string> split_setting(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
        throw ConfigError({{"--set", "\"" + std::string(word) + "\" is no setting (key=value); for example base=500000"}});
    }
    return {std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))};
}

}  // namespace overtake
