#include "sweeps/tuning.hpp"

#include <cmath>
#include <cstdio>

#include "sweeps/canonical_text.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

namespace {

/// A TOML float: integers need a point, so that a list has one type.
std::string toml_number(double value) {
    if (!std::isfinite(value)) {
        return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
    }
    std::string text = to_text(value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string toml_text(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text += '\\';
        }
        text += c == '\n' ? ' ' : c;
    }
    return text + "\"";
}

std::string toml_lists(std::string_view key, const std::vector<std::vector<double>>& lists) {
    std::string text = std::string(key) + " = [";
    for (const std::vector<double>& list : lists) {
        text += text.ends_with('[') ? "[" : ", [";
        for (const double value : list) {
            text += (text.ends_with('[') ? "" : ", ") + toml_number(value);
        }
        text += "]";
    }
    return text + "]\n";
}

std::string toml_choices(const std::vector<TunedChoice>& choices) {
    std::string text = "choices = [\n";
    for (const TunedChoice& choice : choices) {
        text += "  {position = " + toml_text(choice.position) + ", rate = " + toml_number(choice.rate) + ", exponent = " +
                toml_number(choice.exponent) + ", tokens_exponent = " + toml_number(choice.tokens_exponent) + ", reference_parameters = " +
                toml_number(choice.reference_parameters) + ", reference_tokens = " + toml_number(choice.reference_tokens) + ", knob_kind = " +
                toml_text(std::string(name_of(choice.knob_kind))) + ", knob = " + toml_number(choice.knob) + ", curvature = " +
                toml_number(choice.curvature) + ", gain = " + toml_number(choice.gain) + ", tokens_slope = " + toml_number(choice.tokens_slope) +
                ", trials = " + to_text(choice.trials) + ", flops = " + toml_number(choice.flops) + ", flags = " + toml_text(choice.flags) + "},\n";
    }
    return text + "]\n";
}

OptionValue default_base(const std::string& scheme) {
    for (const SchemeOption& option : find_position_scheme(scheme)->options) {
        if (option.name == "base") {
            return option.default_value;
        }
    }
    return 0.0;
}

std::string three_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

}  // namespace

std::string_view name_of(Knob knob) {
    switch (knob) {
        case Knob::position_rate:
            return "position_learning_rate_multiplier";
        case Knob::base:
            return "base";
        case Knob::learning_rate:
            return "learning_rate";
    }
    return "";
}

std::optional<Knob> find_knob(std::string_view name) {
    for (const Knob knob : {Knob::position_rate, Knob::base, Knob::learning_rate}) {
        if (name_of(knob) == name) {
            return knob;
        }
    }
    return std::nullopt;
}

std::string position_text(const PositionConfig& position) {
    std::string text = position.scheme;
    for (const auto& [name, value] : position.options) {
        text += " " + name + "=" + to_text(value);
    }
    if (position.sampler) {
        text += " sampler=" + position.sampler->method;
        for (const auto& [name, value] : position.sampler->options) {
            text += " " + name + "=" + to_text(value);
        }
    }
    return text;
}

std::string sentence(const TunedChoice& choice) {
    std::string text = "rate x " + three_digits(choice.rate) + " (N / " + three_digits(choice.reference_parameters) + ")^" + three_digits(choice.exponent);
    if (choice.tokens_exponent != 0) {
        text += " (D / " + three_digits(choice.reference_tokens) + ")^" + three_digits(choice.tokens_exponent);
    }
    if (choice.knob_kind != Knob::learning_rate) {
        text += ", " + std::string(name_of(choice.knob_kind)) + " " + to_text(choice.knob);
    }
    text += "; curvature at most " + three_digits(choice.curvature) + " nats, optimum as D^" + three_digits(choice.tokens_slope) +
            ", a cell's own rate would gain at most " + three_digits(choice.gain) + " nats";
    return text + (choice.untuned() ? "; untuned: " + choice.flags : "");
}

const TunedChoice* find_choice(const std::vector<TunedChoice>& choices, const PositionConfig& position) {
    for (const TunedChoice& choice : choices) {
        PositionConfig before = position;
        if (const auto base = before.options.find("base"); choice.knob_kind == Knob::base && base != before.options.end() && base->second == OptionValue(choice.knob)) {
            base->second = default_base(position.scheme);
        }
        if (choice.position == position_text(before)) {
            return &choice;
        }
    }
    return nullptr;
}

std::string tuning_round_text(const TuningRound& round) {
    return std::string(tuning_heading) + toml_lists("rates", round.rates) + toml_lists("knobs", round.knobs);
}

std::string tuning_check_text(const std::vector<TunedChoice>& choices) {
    return std::string(tuning_heading) + "checking = true\n" + toml_choices(choices);
}

std::string tuning_choices_text(const std::vector<TunedChoice>& choices, const std::vector<RateCheck>& checks) {
    std::string text = std::string(tuning_heading) + toml_choices(choices);
    if (checks.empty()) {
        return text;
    }
    text += "checks = [\n";
    for (const RateCheck& check : checks) {
        text += "  {position = " + toml_text(check.position) + ", size = " + toml_text(check.size) + ", tokens = " + toml_number(check.tokens) +
                ", seeds = " + to_text(check.seeds) + ", rate = " + toml_number(check.rate) + ", difference = " + toml_number(check.difference) +
                ", low = " + toml_number(check.low) + ", high = " + toml_number(check.high) + ", verdict = " +
                toml_text(std::string(name_of(check.verdict))) + "},\n";
    }
    return text + "]\n";
}

void flag_checked(std::vector<TunedChoice>& choices, const std::vector<RateCheck>& checks) {
    for (TunedChoice& choice : choices) {
        for (const RateCheck& check : checks) {
            if (check.position == choice.position && check.verdict == RateVerdict::worse) {
                choice.flags += (choice.flags.empty() ? "" : "; ") + ("the shared rate is worse than x" + three_digits(check.rate)) + " at " +
                                check.size + ", " + rounded(check.tokens) + " tokens";
            }
        }
    }
}

}  // namespace overtake
