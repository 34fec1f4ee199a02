#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> make_position_table() {
    std::vector<SchemeInfo> table;
    for (const auto& part : {input_schemes(), rotation_schemes(), learned_rotation_schemes(), bias_schemes(), relative_schemes(), content_schemes(),
                             extensions(), samplers()}) {
        table.insert(table.end(), part.begin(), part.end());
    }
    return table;
}

double added_to_input(const ModelConfig& model, const Options&, std::int64_t) {
    return static_cast<double>(model.width);
}

double rotated_queries_and_keys(const ModelConfig& model, const Options&, std::int64_t) {
    return 6.0 * static_cast<double>(model.width) * static_cast<double>(model.layers);
}

double rotated_and_tempered(const ModelConfig& model, const Options& options, std::int64_t context_length) {
    const double rotated = string_option(options, "on") == "rope" ? rotated_queries_and_keys(model, options, context_length) : 0;
    return rotated + static_cast<double>(model.width * model.layers);
}

double logits_per_token(const ModelConfig& model, std::int64_t context_length) {
    return static_cast<double>(model.layers * model.heads) * static_cast<double>(context_length + 1) / 2;
}

double added_to_logits(const ModelConfig& model, const Options&, std::int64_t context_length) {
    return logits_per_token(model, context_length);
}

SchemeOption number(std::string_view name, double default_value, double minimum, double maximum, std::string_view meaning) {
    return {.name = name, .default_value = default_value, .minimum = minimum, .maximum = maximum, .choices = {}, .meaning = meaning};
}

SchemeOption integer(std::string_view name, std::int64_t default_value, double minimum, double maximum, std::string_view meaning) {
    return {.name = name, .default_value = default_value, .minimum = minimum, .maximum = maximum, .choices = {}, .meaning = meaning};
}

SchemeOption choice(std::string_view name, std::string_view default_value, std::vector<std::string_view> choices,
                    std::string_view meaning) {
    return {.name = name,
            .default_value = std::string(default_value),
            .minimum = 0,
            .maximum = 0,
            .choices = std::move(choices),
            .meaning = meaning};
}

SchemeOption flag(std::string_view name, bool default_value, std::string_view meaning) {
    return {.name = name, .default_value = default_value, .minimum = 0, .maximum = 0, .choices = {}, .meaning = meaning};
}

SchemeOption numbers_per_pair(std::string_view name, double minimum, double maximum, std::string_view meaning) {
    SchemeOption option{.name = name,
                        .default_value = std::vector<double>(),
                        .minimum = minimum,
                        .maximum = maximum,
                        .choices = {},
                        .meaning = meaning};
    option.per_pair = true;
    return option;
}

SchemeOption later(SchemeOption option) {
    option.later = true;
    return option;
}

SchemeOption projection_bias_option() {
    return later(flag("projection_bias", false, "whether the projections have biases, as in the authors' code"));
}

SchemeOption layout_option(std::string_view default_value) {
    return choice("layout", default_value, {"half", "interleaved"},
                  "half: channels j and j + d/2 are a pair; interleaved: channels 2 j and 2 j + 1");
}

SchemeOption on_option() {
    return choice("on", "rope", {"rope", "none"}, "whether queries and keys also rotate as in rope");
}

SchemeOption beyond_option() {
    return choice("beyond", "refuse", {"refuse", "clamp", "interpolate"},
                  "contexts longer than the table: refused, its last row repeated, or its rows spread over the context");
}

SchemeOption base_option() {
    return number("base", 10000, 1.000001, 1e12,
                  "base of the frequencies theta_j = base^(-2 j / head width), radians per position");
}

SchemeOption factor_option() {
    return number("factor", 1, 1, 1e6, "longest evaluation length over train length");
}

}  // namespace overtake
