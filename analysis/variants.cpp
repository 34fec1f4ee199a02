#include "analysis/variants.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "sweeps/errors.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

struct Owner {
    std::string_view choice, options;  // who it is, and how the keys of its options begin
};

constexpr std::array<Owner, 5> owners{Owner{"position.scheme", "position.options."}, Owner{"position.sampler", "position.sampler_options."},
                                      Owner{"extension.method", "extension.options."}, Owner{"search.method", "search.options."},
                                      Owner{"tune_tokens", "tune."}};

bool is_choice(std::string_view key) {
    return key != "tune.steps" && std::any_of(owners.begin(), owners.end(), [&](const Owner& owner) {
               return key == owner.choice || key.starts_with(owner.options);
           });
}

std::map<std::string, std::string> pairs_of(const std::string& text, char separator) {
    std::map<std::string, std::string> pairs;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line, separator);) {
        if (const std::size_t equals = line.find('='); equals != std::string::npos) {
            pairs.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return pairs;
}

/// Steps of fine-tuning depend on the budget, so what was written stands for them.
std::map<std::string, std::string> choices_of(const TrialResult& trial) {
    std::map<std::string, std::string> choices = pairs_of(trial.text, '\n');
    std::erase_if(choices, [](const auto& pair) { return !is_choice(pair.first); });
    choices["tune_tokens"] = pairs_of(trial.options, ',')["tune_tokens"];
    for (const Owner& owner : owners) {
        choices.try_emplace(std::string(owner.choice));
    }
    return choices;
}

const std::string* find(const Variant& variant, const std::string& key) {
    const auto found = variant.choices.find(key);
    return found == variant.choices.end() ? nullptr : &found->second;
}

void tell_apart(std::vector<Variant>& variants) {
    std::map<std::string, std::vector<Variant*>> by_scheme;
    for (Variant& variant : variants) {
        by_scheme[variant.scheme].push_back(&variant);
    }
    for (const auto& [scheme, alike] : by_scheme) {
        for (Variant* variant : alike) {
            std::string told;
            for (const auto& [key, value] : variant->choices) {
                const bool same = std::all_of(alike.begin(), alike.end(), [&](const Variant* other) {
                    const std::string* there = find(*other, key);
                    return there != nullptr && *there == value;
                });
                told += same ? "" : (told.empty() ? "" : ",") + key.substr(key.rfind('.') + 1) + "=" + value;
            }
            variant->name = scheme + (told.empty() ? "" : "(" + told + ")");
        }
    }
}

}  // namespace

std::vector<Variant> variants_of(const Results& results) {
    std::vector<Variant> variants;
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        const TrialResult& trial = results.trials[i];
        const std::map<std::string, std::string> choices = choices_of(trial);
        auto known = std::find_if(variants.begin(), variants.end(),
                                  [&](const Variant& variant) { return variant.scheme == trial.scheme && variant.choices == choices; });
        if (known == variants.end()) {
            variants.push_back({.name = trial.scheme, .scheme = trial.scheme, .choices = choices, .trials = {}});
            known = variants.end() - 1;
        }
        known->trials.push_back(i);
    }
    tell_apart(variants);
    return variants;
}

std::size_t count_differing_choices(const Variant& a, const Variant& b) {
    std::size_t count = 0;
    for (const Owner& owner : owners) {
        const bool same_owner = *find(a, std::string(owner.choice)) == *find(b, std::string(owner.choice));
        count += same_owner ? 0 : 1;
        std::set<std::string> keys;
        for (const Variant* variant : {&a, &b}) {
            for (const auto& [key, value] : variant->choices) {
                if (key.starts_with(owner.options)) {
                    keys.insert(key);
                }
            }
        }
        for (const std::string& key : keys) {
            const std::string *of_a = find(a, key), *of_b = find(b, key);
            const bool both = of_a != nullptr && of_b != nullptr;
            count += both ? (*of_a != *of_b ? 1U : 0U) : (same_owner ? 1U : 0U);
        }
    }
    return count;
}

const Variant* reference_of(const std::vector<Variant>& variants, std::size_t index, std::string_view baseline) {
    const auto end = variants.begin() + static_cast<std::ptrdiff_t>(index);
    const auto close = std::find_if(variants.begin(), end, [&](const Variant& other) { return count_differing_choices(other, *end) == 1; });
    if (close != end) {
        return &*close;
    }
    const auto base = std::find_if(variants.begin(), variants.end(), [&](const Variant& variant) { return variant.scheme == baseline; });
    return base == variants.end() || base == end ? nullptr : &*base;
}

const Variant& find_variant(const std::vector<Variant>& variants, std::string_view name) {
    std::vector<std::string_view> known;
    for (const Variant& variant : variants) {
        known.push_back(variant.name);
    }
    for (const bool by_name : {true, false}) {
        const auto found = std::find_if(variants.begin(), variants.end(),
                                        [&](const Variant& variant) { return (by_name ? variant.name : variant.scheme) == name; });
        if (found != variants.end()) {
            return *found;
        }
    }
    throw ConfigError({{"--against", "no trial is of \"" + std::string(name) + "\" (there are: " + listed(known) + ")" + did_you_mean(name, known)}});
}

}  // namespace overtake
