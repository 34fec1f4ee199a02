// Reads the section [tuning], which runs write and nobody else.
#include "sweeps/tune_settings.hpp"

namespace overtake {

namespace {

constexpr const char* by_a_run = "(as a run writes them); run the sweep from its own file, which has no [tuning]";

const DocumentNode* at(const DocumentNode& table, std::string_view key) {
    const DocumentEntry* entry = table.find(key);
    return entry == nullptr ? nullptr : &entry->node;
}

double number(const DocumentNode* node) {
    const auto* value = node == nullptr ? nullptr : node->as<double>();
    const auto* integer = node == nullptr ? nullptr : node->as<std::int64_t>();
    return value != nullptr ? *value : integer != nullptr ? static_cast<double>(*integer) : 0;
}

std::string text(const DocumentNode* node) {
    const auto* value = node == nullptr ? nullptr : node->as<std::string>();
    return value == nullptr ? std::string() : *value;
}

std::vector<DocumentNode> items(const DocumentNode* node, std::string_view key, Complaints& complaints) {
    const auto* found = node == nullptr ? nullptr : node->as<DocumentNode::Array>();
    if (node != nullptr && found == nullptr) {
        complaints.add(node->place, std::string(key) + " is " + node->type_name() + ", not a list " + by_a_run);
    }
    return found == nullptr ? DocumentNode::Array{} : *found;
}

std::vector<std::vector<double>> lists(SectionReader& tuning, std::string_view key, Complaints& complaints) {
    std::vector<std::vector<double>> lists;
    for (const DocumentNode& list : items(tuning.find(key), key, complaints)) {
        std::vector<double>& values = lists.emplace_back();
        for (const DocumentNode& value : items(&list, key, complaints)) {
            values.push_back(number(&value));
            if (!(values.back() > 0)) {
                complaints.add(value.place, std::string(key) + " has " + value.shown() + ", not a positive number " + by_a_run);
            }
        }
    }
    return lists;
}

void read_choices(SectionReader& tuning, TuneSettings& settings, Complaints& complaints) {
    for (const DocumentNode& item : items(tuning.find("choices"), "choices", complaints)) {
        TunedChoice choice{.position = text(at(item, "position")),
                           .rate = number(at(item, "rate")),
                           .exponent = number(at(item, "exponent")),
                           .tokens_exponent = number(at(item, "tokens_exponent")),
                           .reference_parameters = number(at(item, "reference_parameters")),
                           .reference_tokens = number(at(item, "reference_tokens")),
                           .knob_kind = Knob::learning_rate,
                           .knob = number(at(item, "knob")),
                           .curvature = number(at(item, "curvature")),
                           .gain = number(at(item, "gain")),
                           .tokens_slope = number(at(item, "tokens_slope")),
                           .trials = static_cast<std::int64_t>(number(at(item, "trials"))),
                           .flops = number(at(item, "flops")),
                           .flags = text(at(item, "flags"))};
        const std::optional<Knob> knob = find_knob(text(at(item, "knob_kind")));
        choice.knob_kind = knob.value_or(Knob::learning_rate);
        if (!knob || choice.position.empty() || !(choice.rate > 0) || !(choice.reference_parameters > 0) || !(choice.reference_tokens > 0)) {
            complaints.add(item.place, std::string("a choice of [tuning] lacks position, rate, knob_kind, reference_parameters or reference_tokens ") + by_a_run);
        } else {
            settings.choices.push_back(std::move(choice));
        }
    }
}

void read_checks(SectionReader& tuning, TuneSettings& settings, Complaints& complaints) {
    for (const DocumentNode& item : items(tuning.find("checks"), "checks", complaints)) {
        RateCheck check{.position = text(at(item, "position")),
                        .size = text(at(item, "size")),
                        .tokens = number(at(item, "tokens")),
                        .seeds = static_cast<std::int64_t>(number(at(item, "seeds"))),
                        .rate = number(at(item, "rate")),
                        .difference = number(at(item, "difference")),
                        .low = number(at(item, "low")),
                        .high = number(at(item, "high"))};
        const std::string word = text(at(item, "verdict"));
        bool known = false;
        for (const RateVerdict verdict : {RateVerdict::not_shown, RateVerdict::no_worse, RateVerdict::worse}) {
            known = known || name_of(verdict) == word;
            check.verdict = name_of(verdict) == word ? verdict : check.verdict;
        }
        if (!known || check.position.empty()) {
            complaints.add(item.place, std::string("a check of [tuning] lacks position or verdict ") + by_a_run);
        } else {
            settings.checks.push_back(std::move(check));
        }
    }
}

}  // namespace

void read_tuning(SectionReader& tuning, TuneSettings& settings, Complaints& complaints) {
    settings.round = {lists(tuning, "rates", complaints), lists(tuning, "knobs", complaints)};
    read_choices(tuning, settings, complaints);
    read_checks(tuning, settings, complaints);
    tuning.read("checking", settings.checking);
    if (settings.round.rates.size() != settings.round.knobs.size()) {
        complaints.add(tuning.place("rates"), "[tuning] has rates for " + std::to_string(settings.round.rates.size()) + " schemes and knobs for " +
                                                  std::to_string(settings.round.knobs.size()) + " " + by_a_run);
    }
    if (!settings.round.empty() && !settings.choices.empty()) {
        complaints.add(tuning.place("rates"), "[tuning] has rates and choices (a round of tuning, or a tuned grid); leave one out");
    }
}

}  // namespace overtake
