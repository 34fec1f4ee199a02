#include "sweeps/written_options.hpp"

#include <algorithm>

namespace overtake {

namespace {

/// Every number of a list; a complaint stands at the element that is none.
std::optional<OptionValue> list_of(const std::string& key, const DocumentNode::Array& items, Complaints& complaints) {
    std::vector<double> numbers;
    for (const DocumentNode& item : items) {
        if (const auto* integer = item.as<std::int64_t>()) {
            numbers.push_back(static_cast<double>(*integer));
        } else if (const auto* number = item.as<double>()) {
            numbers.push_back(*number);
        } else {
            complaints.add(item.place, "option \"" + key + "\" has " + item.shown() + " in its list (numbers only)");
        }
    }
    return numbers.size() == items.size() ? std::optional<OptionValue>(numbers) : std::nullopt;
}

}  // namespace

std::optional<OptionValue> option_of(const DocumentEntry& entry, Complaints& complaints) {
    const DocumentNode& node = entry.node;
    if (const auto* flag = node.as<bool>()) {
        return *flag;
    }
    if (const auto* integer = node.as<std::int64_t>()) {
        return *integer;
    }
    if (const auto* number = node.as<double>()) {
        return *number;
    }
    if (const auto* text = node.as<std::string>()) {
        return *text;
    }
    if (const auto* items = node.as<DocumentNode::Array>()) {
        return list_of(entry.key, *items, complaints);
    }
    complaints.add(node.place, "option \"" + entry.key + "\" is " + node.type_name() +
                                   " (a number, a string, true or false, or a list of numbers)");
    return std::nullopt;
}

bool has_option(const SchemeInfo* info, std::string_view name) {
    return info != nullptr && std::any_of(info->options.begin(), info->options.end(),
                                          [&](const SchemeOption& option) { return option.name == name; });
}

Options checked_options(const SchemeInfo& info, const DocumentNode& node, const Options& given,
                        Complaints& complaints) {
    for (const auto& [name, value] : given) {
        std::vector<Problem> problems;
        complete_options(info, {{name, value}}, "", problems);
        for (const Problem& problem : problems) {
            const DocumentEntry& entry = *node.find(name);
            complaints.add(has_option(&info, name) ? entry.node.place : entry.place, problem.what);
        }
    }
    std::vector<Problem> ignored;
    return complete_options(info, given, "", ignored);
}

}  // namespace overtake
