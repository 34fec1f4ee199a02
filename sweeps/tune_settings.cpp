#include "sweeps/tune_settings.hpp"

#include <algorithm>

namespace overtake {

namespace {

std::optional<double> positive_number(const DocumentNode& node) {
    const auto* integer = node.as<std::int64_t>();
    const auto* number = node.as<double>();
    const double value = integer != nullptr ? static_cast<double>(*integer) : number != nullptr ? *number : 0;
    return value > 0 && value < 1e12 ? std::optional(value) : std::nullopt;
}

const DocumentNode::Array* items_of(const DocumentNode* node, std::string_view key, const std::string& rule, Complaints& complaints) {
    if (node == nullptr) {
        return nullptr;
    }
    const auto* items = node->as<DocumentNode::Array>();
    if (items == nullptr || items->empty()) {
        complaints.add(node->place, std::string(key) + " is " + (items == nullptr ? node->type_name() : "empty") + " " + rule);
        return nullptr;
    }
    return items;
}

/// Ascending positive numbers, each once, at least `least` of them.
void read_numbers(SectionReader& section, std::string_view key, std::size_t least, std::vector<double>& out, Complaints& complaints) {
    const std::string rule = "(positive numbers, each once)";
    const DocumentNode* node = section.find(key);
    const auto* items = items_of(node, key, rule, complaints);
    if (items == nullptr) {
        return;
    }
    std::vector<double> values;
    for (const DocumentNode& item : *items) {
        const std::optional<double> value = positive_number(item);
        if (!value || std::find(values.begin(), values.end(), *value) != values.end()) {
            complaints.add(item.place, std::string(key) + " has " + item.shown() + " " + rule);
            return;
        }
        values.push_back(*value);
    }
    if (values.size() < least) {
        complaints.add(node->place, std::string(key) + " has " + std::to_string(values.size()) + " values (at least " + std::to_string(least) +
                                        ", so that an optimum can lie between two)");
        return;
    }
    std::sort(values.begin(), values.end());
    out = std::move(values);
}

void read_axis(SectionReader& section, std::string_view key, Axis axis, std::vector<AxisValue>& out, Complaints& complaints) {
    const DocumentNode* node = section.find(key);
    if (node == nullptr) {
        complaints.add(section.place(key), "no " + std::string(key) + " in [tune] (where schemes are tuned, before the grid); write " +
                                               (axis == Axis::size ? "size = [\"1x32\", \"2x64\"]" : "tokens = [\"5x\", \"20x\"]"));
        return;
    }
    const DocumentNode::Array alone{*node};
    const auto* items = node->as<DocumentNode::Array>();
    for (const DocumentNode& item : items == nullptr ? alone : *items) {
        if (auto value = parse_axis_value(axis, item, complaints)) {
            out.push_back(std::move(*value));
        }
    }
}

void read_seeds(SectionReader& section, std::string_view key, std::size_t least, std::vector<std::int64_t>& out, Complaints& complaints) {
    const DocumentNode* node = section.find(key);
    const auto* items = items_of(node, key, "(whole numbers that no trial of the grid has)", complaints);
    if (items == nullptr) {
        return;
    }
    if (items->size() < least) {
        complaints.add(node->place, std::string(key) + " has " + std::to_string(items->size()) + " values (at least " + std::to_string(least) + ", for an interval)");
        return;
    }
    out.clear();
    for (const DocumentNode& item : *items) {
        const auto* seed = item.as<std::int64_t>();
        if (seed == nullptr || *seed < 0 || std::find(out.begin(), out.end(), *seed) != out.end()) {
            complaints.add(item.place, "a seed of [tune] is " + item.shown() + " (a whole number from 0, each once)");
            return;
        }
        out.push_back(*seed);
    }
}

void read_check(SectionReader& tune, TuneSettings& settings, Complaints& complaints) {
    if (tune.find("check") != nullptr) {
        settings.check.emplace();
        tune.read("check", *settings.check);
    }
    read_numbers(tune, "check_learning_rate_multipliers", 2, settings.check_rates, complaints);
    if (std::find(settings.check_rates.begin(), settings.check_rates.end(), 1.0) == settings.check_rates.end()) {
        complaints.add(tune.place("check_learning_rate_multipliers"), "check_learning_rate_multipliers has no 1 (the rule's own rate is what others are compared with); add it");
    }
    read_seeds(tune, "check_seeds", 2, settings.check_seeds, complaints);
    for (const std::int64_t seed : settings.check_seeds) {
        if (std::find(settings.seeds.begin(), settings.seeds.end(), seed) != settings.seeds.end()) {
            complaints.add(tune.place("check_seeds"), "seed " + std::to_string(seed) + " is in seeds and in check_seeds (runs that chose don't check the choice); give the check others");
        }
    }
}

}  // namespace

std::optional<TuneSettings> read_tune(SectionReader& tune, SectionReader& tuning, Complaints& complaints) {
    if (!tune.present()) {
        if (tuning.present()) {
            complaints.add(tuning.place(""), "[tuning] without [tune] (a run writes it into the sweep folder's copy); leave it out");
        }
        return std::nullopt;
    }
    TuneSettings settings;
    settings.place = tune.place("");
    read_axis(tune, "size", Axis::size, settings.sizes, complaints);
    read_axis(tune, "tokens", Axis::tokens, settings.tokens, complaints);
    read_numbers(tune, "learning_rate_multipliers", 3, settings.rates, complaints);
    read_numbers(tune, "position_learning_rate_multipliers", 1, settings.position_rates, complaints);
    read_numbers(tune, "bases", 1, settings.bases, complaints);
    read_seeds(tune, "seeds", 1, settings.seeds, complaints);
    tune.read("widenings", settings.widenings, 0, 10);
    tune.read_choice<bool>("rule", settings.by_tokens, {{"size", false}, {"size and tokens", true}});
    read_check(tune, settings, complaints);
    read_tuning(tuning, settings, complaints);
    return settings;
}

}  // namespace overtake
