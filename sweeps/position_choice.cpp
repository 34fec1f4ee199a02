#include "sweeps/position_choice.hpp"

#include <algorithm>

#include "sweeps/extension_stages.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/spelling.hpp"
#include "sweeps/written_options.hpp"

namespace overtake {

namespace {

std::string_view key_of(const SchemeInfo& info) {
    return is_trainable(info) ? "scheme" : info.kind == SchemeKind::extension ? "extension" : "sampler";
}

/// The entry of that name that the key may name; a complaint says what is known.
const SchemeInfo* known_scheme(const std::string& name, std::string_view key, Place place, Complaints& complaints) {
    const SchemeInfo* info = find_position_scheme(name);
    if (info != nullptr && key_of(*info) == key) {
        return info;
    }
    const auto names = key == "scheme" ? schemes_to_train()
                                       : names_of_kind(key == "sampler" ? SchemeKind::sampler : SchemeKind::extension);
    std::string hint = did_you_mean(name, names);
    if (info != nullptr && is_trainable(*info)) {
        hint = "; it is a scheme, write scheme = \"" + name + "\"";
    } else if (info != nullptr && info->kind == SchemeKind::sampler) {
        hint = "; it draws positions for any scheme, write {scheme = \"rope\", sampler = \"" + name + "\"}";
    } else if (info != nullptr) {
        hint = "; it extends a trained model, write {scheme = \"" + std::string(info->has_table ? "learned" : "rope") +
               "\", extension = \"" + name + "\"" + (info->options.empty() ? "" : ", factor = 4") + "}";
    }
    complaints.add(place, "unknown " + std::string(key == "scheme" ? "position scheme" : key) + " \"" + name +
                              "\" (known: " + listed(names) + ")" + hint);
    return nullptr;
}

/// Names of an inline table; null where it has none or an unknown one (`good` is cleared).
struct NamedSchemes {
    const SchemeInfo* scheme = nullptr;
    const SchemeInfo* extension = nullptr;
    const SchemeInfo* sampler = nullptr;
    bool good = true;
};

bool is_name(std::string_view key) {
    return key == "scheme" || key == "extension" || key == "sampler";
}

NamedSchemes find_names(const DocumentNode& node, Complaints& complaints) {
    NamedSchemes names;
    for (const auto& [key, found] : {std::pair{"scheme", &names.scheme}, std::pair{"extension", &names.extension},
                                     std::pair{"sampler", &names.sampler}}) {
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
        *found = known_scheme(*text, key, entry->node.place, complaints);
        names.good = names.good && *found != nullptr;
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
    Options of_sampler;
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        if (is_name(entry.key)) {
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
            const bool foreign = !has_option(names.scheme, entry.key);
            Options& owner = foreign && has_option(names.extension, entry.key) ? of_extension
                             : foreign && has_option(names.sampler, entry.key) ? of_sampler
                                                                               : of_scheme;
            owner[entry.key] = *value;
        }
    }
    PositionChoice choice;
    choice.position.scheme = std::string(names.scheme->name);
    choice.position.options = checked_options(*names.scheme, node, of_scheme, complaints);
    if (names.sampler != nullptr) {
        if (const std::string why_not = why_not_sampled(*names.sampler, *names.scheme); !why_not.empty()) {
            complaints.add(node.find("sampler")->node.place, why_not);
        }
        choice.position.sampler =
            SamplerConfig{std::string(names.sampler->name), checked_options(*names.sampler, node, of_sampler, complaints)};
    }
    if (names.extension != nullptr) {
        if (const std::string why_not = why_not_extended(*names.extension, *names.scheme); !why_not.empty()) {
            complaints.add(node.find("extension")->node.place, why_not);
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
    const SchemeInfo* info = known_scheme(*text, "scheme", node.place, complaints);
    if (info == nullptr) {
        return std::nullopt;
    }
    std::vector<Problem> none;
    return PositionChoice{{*text, complete_options(*info, {}, "", none)}, std::nullopt};
}

bool PositionPattern::matches(const PositionChoice& choice) const {
    const bool other_scheme = !scheme.empty() && scheme != choice.position.scheme;
    const bool other_extension = !extension.empty() && (!choice.extension || choice.extension->method != extension);
    const auto& sampled = choice.position.sampler;
    const bool other_sampler = !sampler.empty() && (!sampled || sampled->method != sampler);
    return !other_scheme && !other_extension && !other_sampler &&
           std::all_of(options.begin(), options.end(), [&](const auto& option) {
        return agrees(choice.position.options, option.first, option.second) ||
               (sampled && agrees(sampled->options, option.first, option.second)) ||
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
            known_scheme(*text, "scheme", node.place, complaints);
            return std::nullopt;
        }
        (is_trainable(*info)                       ? pattern.scheme
         : info->kind == SchemeKind::extension ? pattern.extension
                                               : pattern.sampler) = *text;
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
    pattern.sampler = names.sampler == nullptr ? "" : std::string(names.sampler->name);
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        if (const auto value = is_name(entry.key) ? std::nullopt : option_of(entry, complaints)) {
            pattern.options[entry.key] = *value;
        }
    }
    return names.good ? std::optional<PositionPattern>(pattern) : std::nullopt;
}

}  // namespace overtake
