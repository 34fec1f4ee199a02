#include "analysis/variants.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "sweeps/errors.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

struct Method {
    std::string_view choice, options;  // where it is named, and how the keys of its options begin
};

constexpr std::array<Method, 5> methods{Method{"position.scheme", "position.options."}, Method{"position.sampler", "position.sampler_options."},
                                        Method{"extension.method", "extension.options."}, Method{"search.method", "search.options."},
                                        Method{"tune_tokens", "tune."}};

bool is_choice(std::string_view key) {
    return key != "tune.steps" && std::any_of(methods.begin(), methods.end(), [&](const Method& method) {
               return key == method.choice || key.starts_with(method.options);
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
    for (const Method& method : methods) {
        choices.try_emplace(std::string(method.choice));
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

VariantDistance distance_between(const Variant& a, const Variant& b) {
    VariantDistance distance;
    for (const Method& method : methods) {
        const bool same = *find(a, std::string(method.choice)) == *find(b, std::string(method.choice));
        distance.methods += same ? 0 : 1;
        std::set<std::string> keys;
        for (const Variant* variant : {&a, &b}) {
            for (const auto& [key, value] : variant->choices) {
                if (key.starts_with(method.options)) {
                    keys.insert(key);
                }
            }
        }
        for (const std::string& key : keys) {
            const std::string *of_a = find(a, key), *of_b = find(b, key);
            const bool differs = of_a != nullptr && of_b != nullptr ? *of_a != *of_b : same;
            if (differs && key == "extension.options.factor") {
                distance.factor = true;
            } else if (differs) {
                ++distance.options;
            }
        }
    }
    return distance;
}

const Variant* reference_of(const std::vector<Variant>& variants, std::size_t index, std::string_view baseline) {
    const Variant& variant = variants[index];
    const auto end = variants.begin() + static_cast<std::ptrdiff_t>(index);
    for (const std::size_t in_methods : {0U, 1U}) {
        const auto close = std::find_if(variants.begin(), end, [&](const Variant& other) {
            const VariantDistance distance = distance_between(other, variant);
            return !distance.factor && distance.methods == in_methods && distance.options == 1 - in_methods;
        });
        if (close != end) {
            return &*close;
        }
    }
    const auto base = std::find_if(variants.begin(), variants.end(), [&](const Variant& other) { return other.scheme == baseline; });
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
