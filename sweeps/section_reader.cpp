#include "sweeps/section_reader.hpp"

#include <algorithm>
#include <cmath>

#include "sweeps/canonical_text.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

std::string range_text(double low, double high) {
    return to_text(low) + " to " + to_text(high);
}

std::vector<std::string_view> views(const std::vector<std::string>& words) {
    return {words.begin(), words.end()};
}

/// A number of the file, or a quantity of the unit; nullopt for anything else.
std::optional<double> number_of(const DocumentNode& node, Unit unit) {
    if (const auto* integer = node.as<std::int64_t>()) {
        return static_cast<double>(*integer);
    }
    if (const auto* number = node.as<double>()) {
        return *number;
    }
    const auto* text = node.as<std::string>();
    const std::optional<Quantity> quantity = text == nullptr ? std::nullopt : parse_quantity(*text);
    return quantity && quantity->unit == unit ? std::optional<double>(quantity->value) : std::nullopt;
}

}  // namespace

SectionReader::SectionReader(const DocumentNode& document, std::string_view section, Complaints& complaints)
    : name_(section), complaints_(&complaints) {
    const DocumentEntry* entry = document.find(section);
    if (entry == nullptr) {
        return;
    }
    place_ = entry->place;
    if (entry->node.as<DocumentNode::Table>() != nullptr) {
        table_ = &entry->node;
    } else {
        complaints.add(place_,
                       "\"" + name_ + "\" is " + entry->node.type_name() + " (it is a section); write [" + name_ + "]");
    }
}

const DocumentNode* SectionReader::find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        known_.emplace_back(key);
    }
    const DocumentEntry* entry = table_ == nullptr ? nullptr : table_->find(key);
    return entry == nullptr ? nullptr : &entry->node;
}

Place SectionReader::place(std::string_view key) const {
    const DocumentEntry* entry = table_ == nullptr ? nullptr : table_->find(key);
    return entry == nullptr ? place_ : entry->node.place;
}

bool SectionReader::is_one_line(std::string_view key, const DocumentNode& node) {
    const auto& text = *node.as<std::string>();
    const bool good = std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
    if (!good) {
        complaints_->add(node.place, std::string(key) + " is \"" + text + "\", with a control character (one line of text); leave it out");
    }
    return good;
}

void SectionReader::wrong_type(std::string_view key, const DocumentNode& node, std::string_view wanted) {
    const auto* text = node.as<std::string>();
    const std::string is = text == nullptr ? node.type_name() : "\"" + *text + "\"";
    complaints_->add(node.place, std::string(key) + " is " + is + " (it takes " + std::string(wanted) + ")");
}

void SectionReader::read(std::string_view key, bool& out) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    if (const auto* flag = node->as<bool>()) {
        out = *flag;
    } else {
        wrong_type(key, *node, "true or false");
    }
}

void SectionReader::read(std::string_view key, std::int64_t& out, std::int64_t low, std::int64_t high) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    const std::optional<double> number = number_of(*node, Unit::count);
    const auto* exact = node->as<std::int64_t>();
    if (!number || !std::isfinite(*number) || *number != std::floor(*number)) {
        wrong_type(key, *node, "a whole number, such as 4096 or \"64k\"");
        return;
    }
    if (*number < static_cast<double>(low) || *number > static_cast<double>(high)) {
        complaints_->add(node->place, std::string(key) + " is " + to_text(*number) + " (allowed: " + grouped(low) +
                                          " to " + grouped(high) + "); its default is " + grouped(out));
        return;
    }
    out = exact != nullptr ? *exact : static_cast<std::int64_t>(*number);
}

void SectionReader::read(std::string_view key, double& out, double low, double high) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    const std::optional<double> number = number_of(*node, Unit::count);
    if (!number || !std::isfinite(*number)) {
        wrong_type(key, *node, "a finite number");
        return;
    }
    if (*number < low || *number > high) {
        complaints_->add(node->place, std::string(key) + " is " + to_text(*number) +
                                          " (allowed: " + range_text(low, high) + "); its default is " + to_text(out));
        return;
    }
    out = *number;
}

void SectionReader::read(std::string_view key, std::string& out) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    if (const auto* text = node->as<std::string>()) {
        out = is_one_line(key, *node) ? *text : out;
    } else {
        wrong_type(key, *node, "a string in quotes");
    }
}

void SectionReader::read(std::string_view key, std::vector<std::string>& out) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    const auto* items = node->as<DocumentNode::Array>();
    if (items == nullptr) {
        wrong_type(key, *node, "an array of strings");
        return;
    }
    std::vector<std::string> texts;
    for (const DocumentNode& item : *items) {
        if (const auto* text = item.as<std::string>()) {
            is_one_line(key, item);
            texts.push_back(*text);
        } else {
            wrong_type(key, item, "an array of strings");
        }
    }
    out = std::move(texts);
}

void SectionReader::read(std::string_view key, std::vector<std::int64_t>& out, std::int64_t low, std::int64_t high) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    const auto* items = node->as<DocumentNode::Array>();
    if (items == nullptr) {
        wrong_type(key, *node, "an array of whole numbers");
        return;
    }
    std::vector<std::int64_t> numbers;
    for (const DocumentNode& item : *items) {
        const std::optional<double> number = number_of(item, Unit::count);
        if (!number || !std::isfinite(*number) || *number != std::floor(*number)) {
            wrong_type(key, item, "an array of whole numbers");
        } else if (*number < static_cast<double>(low) || *number > static_cast<double>(high)) {
            complaints_->add(item.place, std::string(key) + " has " + to_text(*number) + " (allowed: " + grouped(low) +
                                             " to " + grouped(high) + ")");
        } else {
            numbers.push_back(static_cast<std::int64_t>(*number));
        }
    }
    out = std::move(numbers);
}

void SectionReader::read_seconds(std::string_view key, double& out, double low, double high) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return;
    }
    const std::optional<double> seconds = number_of(*node, Unit::seconds);
    if (!seconds || !std::isfinite(*seconds)) {
        wrong_type(key, *node, "a time, such as \"90s\", \"30m\" or \"2h\"");
    } else if (*seconds < low || *seconds > high) {
        complaints_->add(node->place, std::string(key) + " is " + to_text(*seconds) + " seconds (allowed: " +
                                          range_text(low, high) + "); its default is " + to_text(out));
    } else {
        out = *seconds;
    }
}

std::size_t SectionReader::choose(std::string_view key, std::span<const std::string_view> names) {
    const DocumentNode* node = find(key);
    if (node == nullptr) {
        return names.size();
    }
    const auto* text = node->as<std::string>();
    if (text == nullptr) {
        wrong_type(key, *node, "one of " + listed(names));
        return names.size();
    }
    const auto found = std::find(names.begin(), names.end(), *text);
    if (found == names.end()) {
        complaints_->add(node->place, std::string(key) + " is \"" + *text + "\" (known: " + listed(names) + ")" +
                                          did_you_mean(*text, names));
    }
    return static_cast<std::size_t>(found - names.begin());
}

void SectionReader::report_unknown_keys(std::span<const SectionReader* const> all) const {
    const auto* table = table_ == nullptr ? nullptr : table_->as<DocumentNode::Table>();
    if (table == nullptr) {
        return;
    }
    for (const DocumentEntry& entry : *table) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) {
            continue;
        }
        std::string hint = did_you_mean(entry.key, views(known_));
        for (const SectionReader* other : all) {
            const auto& keys = other->known_;
            if (other != this && std::find(keys.begin(), keys.end(), entry.key) != keys.end()) {
                hint = "; it belongs in [" + other->name_ + "]";
            }
        }
        complaints_->add(entry.place, "unknown key \"" + entry.key + "\" (keys of [" + name_ +
                                          "]: " + listed(views(known_)) + ")" + hint);
    }
}

}  // namespace overtake
