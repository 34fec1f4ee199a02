#include "sweeps/position_choice.hpp"

#include <algorithm>

#include "sweeps/extension_stages.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/spelling.hpp"
#include "sweeps/written_options.hpp"

namespace overtake {

namespace {

std::vector<std::string_view> names_of(bool extensions) {
    std::vector<std::string_view> names;
    for (const SchemeInfo& info : position_schemes()) {
        if ((info.kind == SchemeKind::extension) == extensions) {
            names.push_back(info.name);
        }
    }
    return names;
}

/// The scheme or extension of that name; a complaint says what is known.
const SchemeInfo* known_scheme(const std::string& name, bool extension, Place place, Complaints& complaints) {
    const SchemeInfo* info = find_position_scheme(name);
    if (info != nullptr && (info->kind == SchemeKind::extension) == extension) {
        return info;
    }
    const auto names = names_of(extension);
    std::string hint = did_you_mean(name, names);
    if (info != nullptr) {
        hint = extension ? "; it is a scheme, write scheme = \"" + name + "\""
                         : "; it extends a trained model, write {scheme = \"rope\", extension = \"" + name +
                               "\", factor = 4}";
    }
    complaints.add(place, "unknown " + std::string(extension ? "extension" : "position scheme") + " \"" + name +
                              "\" (known: " + listed(names) + ")" + hint);
    return nullptr;
}

/// Scheme and extension names of an inline table; null where it has none or an unknown one (`good` is cleared).
struct NamedSchemes {
    const SchemeInfo* scheme = nullptr;
    const SchemeInfo* extension = nullptr;
    bool good = true;
};

NamedSchemes find_names(const DocumentNode& node, Complaints& complaints) {
    NamedSchemes names;
    for (const auto& [key, extension] : {std::pair{"scheme", false}, std::pair{"extension", true}}) {
        const DocumentEntry* entry = node.find(key);
        if (entry == nullptr) {
            continue;
        }
        const auto* text = entry->node.as<std::string>();
        if (text == nullptr) {
            complaints.add(entry->node.place,
                           std::string(key) + " is " + entry->node.type_name() + " (a name in quotes)");
            names.good = false;
            continue;
        }
        const SchemeInfo* info = known_scheme(*text, extension, entry->node.place, complaints);
        (extension ? names.extension : names.scheme) = info;
        names.good = names.good && info != nullptr;
    }
    return names;
}

std::optional<PositionChoice> parse_position_table(const DocumentNode& node, Complaints& complaints) {
    const NamedSchemes names = find_names(node, complaints);
    if (names.scheme == nullptr) {
        if (names.good) {
            complaints.add(node.place,
                           "a position without a scheme (the key scheme names it); write {scheme = \"rope\"}");
        }
        return std::nullopt;
    }
    Options of_scheme;
    Options of_extension;
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        if (entry.key == "scheme" || entry.key == "extension") {
            continue;
        }
        if (is_stage_key(entry.key)) {
            if (names.extension == nullptr && names.good) {
                complaints.add(entry.place, "\"" + entry.key +
                                                "\" without an extension (searches and fine-tuning are for longer contexts); "
                                                "add extension = \"yarn\", factor = 4");
            }
            continue;
        }
        if (const auto value = option_of(entry, complaints)) {
            const bool belongs_to_extension =
                !has_option(names.scheme, entry.key) && has_option(names.extension, entry.key);
            (belongs_to_extension ? of_extension : of_scheme)[entry.key] = *value;
        }
    }
    PositionChoice choice;
    choice.position = {std::string(names.scheme->name), checked_options(*names.scheme, node, of_scheme, complaints)};
    if (names.extension != nullptr) {
        if (const std::string obstacle(obstacle_of(*names.extension, *names.scheme)); !obstacle.empty()) {
            complaints.add(node.find("extension")->node.place,
                           "\"" + std::string(names.extension->name) + "\" can't extend \"" +
                               std::string(names.scheme->name) + "\" (" + obstacle + "); set scheme = \"rope\"");
        }
        if (has_option(names.extension, "factor") && !of_extension.contains("factor")) {
            complaints.add(node.place,
                           "an extension without factor (evaluation length over train length); add factor = 4");
        }
        choice.extension = ExtensionConfig{std::string(names.extension->name),
                                           checked_options(*names.extension, node, of_extension, complaints)};
        read_extension_stages(node, *choice.extension, complaints);
    }
    return names.good ? std::optional<PositionChoice>(choice) : std::nullopt;
}

/// Whether the completed options hold that value; 500000 and 500000.0 are the same number.
bool agrees(const Options& complete, const std::string& name, const OptionValue& value) {
    const auto found = complete.find(name);
    if (found == complete.end()) {
        return false;
    }
    const auto* integer = std::get_if<std::int64_t>(&value);
    return found->second == value ||
           (integer != nullptr && found->second == OptionValue(static_cast<double>(*integer)));
}

}  // namespace

std::optional<PositionChoice> parse_position(const DocumentNode& node, Complaints& complaints) {
    if (node.as<DocumentNode::Table>() != nullptr) {
        return parse_position_table(node, complaints);
    }
    const auto* text = node.as<std::string>();
    if (text == nullptr) {
        complaints.add(node.place,
                       "position is " + node.shown() + " (a scheme in quotes, or {scheme = \"rope\", base = 500000})");
        return std::nullopt;
    }
    const SchemeInfo* info = known_scheme(*text, false, node.place, complaints);
    if (info == nullptr) {
        return std::nullopt;
    }
    std::vector<Problem> none;
    return PositionChoice{{*text, complete_options(*info, {}, "", none)}, std::nullopt};
}

bool PositionPattern::matches(const PositionChoice& choice) const {
    const bool other_scheme = !scheme.empty() && scheme != choice.position.scheme;
    const bool other_extension = !extension.empty() && (!choice.extension || choice.extension->method != extension);
    return !other_scheme && !other_extension && std::all_of(options.begin(), options.end(), [&](const auto& option) {
        return agrees(choice.position.options, option.first, option.second) ||
               (choice.extension && (agrees(choice.extension->options, option.first, option.second) ||
                                     stages_agree(*choice.extension, option.first, option.second))) ||
               (choice.extension && choice.extension->search && agrees(choice.extension->search->options, option.first, option.second));
    });
}

std::optional<PositionPattern> parse_position_pattern(const DocumentNode& node, Complaints& complaints) {
    PositionPattern pattern;
    if (const auto* text = node.as<std::string>()) {
        const SchemeInfo* info = find_position_scheme(*text);
        if (info == nullptr) {
            known_scheme(*text, false, node.place, complaints);
            return std::nullopt;
        }
        (info->kind == SchemeKind::extension ? pattern.extension : pattern.scheme) = *text;
        return pattern;
    }
    if (node.as<DocumentNode::Table>() == nullptr) {
        complaints.add(node.place,
                       "position is " + node.shown() + " (a scheme in quotes, or {scheme = \"rope\", base = 500000})");
        return std::nullopt;
    }
    const NamedSchemes names = find_names(node, complaints);
    pattern.scheme = names.scheme == nullptr ? "" : std::string(names.scheme->name);
    pattern.extension = names.extension == nullptr ? "" : std::string(names.extension->name);
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        const bool name = entry.key == "scheme" || entry.key == "extension";
        if (const auto value = name ? std::nullopt : option_of(entry, complaints)) {
            pattern.options[entry.key] = *value;
        }
    }
    return names.good ? std::optional<PositionPattern>(pattern) : std::nullopt;
}

}  // namespace overtake
