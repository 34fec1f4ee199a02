#include "sweeps/tuning.hpp"

#include "sweeps/canonical_text.hpp"

namespace overtake {

namespace {

/// A TOML float: integers need a point, so that a list has one type.
std::string toml_number(double value) {
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

std::string tuning_round_text(const std::vector<std::vector<double>>& rates) {
    std::string text = std::string(tuning_heading) + "rates = [";
    for (const std::vector<double>& of_scheme : rates) {
        text += text.ends_with('[') ? "[" : ", [";
        for (const double rate : of_scheme) {
            text += (text.ends_with('[') ? "" : ", ") + toml_number(rate);
        }
        text += "]";
    }
    return text + "]\n";
}

std::string tuning_choices_text(const std::vector<TunedChoice>& choices) {
    std::string text = std::string(tuning_heading) + "choices = [\n";
    for (const TunedChoice& choice : choices) {
        text += "  {position = " + toml_text(choice.position) + ", rate = " + toml_number(choice.rate) + ", exponent = " +
                toml_number(choice.exponent) + ", tokens_exponent = " + toml_number(choice.tokens_exponent) + ", reference_parameters = " +
                toml_number(choice.reference_parameters) + ", reference_tokens = " + toml_number(choice.reference_tokens) + ", knob = " +
                toml_number(choice.knob) + ", untuned = " + (choice.untuned ? "true" : "false") + ", words = " + toml_text(choice.words) + "},\n";
    }
    return text + "]\n";
}

}  // namespace overtake
