#include "models/position/rotary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

std::vector<double> rope_frequencies(std::int64_t head_width, double base) {
    std::vector<double> theta(static_cast<std::size_t>(head_width / 2));
    for (std::size_t j = 0; j < theta.size(); ++j) {
        theta[j] = std::pow(base, -2.0 * static_cast<double>(j) / static_cast<double>(head_width));
    }
    return theta;
}

at::Tensor FrequencyExtension::apply(const at::Tensor& theta) const {
    if (method == Method::none) {
        return theta;
    }
    if (method == Method::pi) {
        return theta.div(factor);
    }
    const at::Tensor pair = theta.log().mul(-static_cast<double>(head_width) / (2 * std::log(base)));
    const at::Tensor ramp = pair.sub(ramp_begin).div(ramp_end - ramp_begin).clamp(0, 1);
    return theta.mul(ramp.mul(1 / factor - 1).add(1));
}

FrequencyExtension make_frequency_extension(const ExtensionConfig& config, std::int64_t head_width, double base,
                                            std::int64_t train_length) {
    const SchemeInfo* info = find_position_scheme(config.method);
    if (info == nullptr || (config.method != "pi" && config.method != "yarn")) {
        throw ConfigError({{"extension.method", "\"" + config.method + "\" is no extension of RoPE's frequencies (known: pi, yarn)"}});
    }
    std::vector<Problem> problems;
    const Options options = complete_options(*info, config.options, "extension", problems);
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    FrequencyExtension extension{.factor = number_option(options, "factor"), .base = base, .head_width = head_width};
    if (config.method == "pi") {
        extension.method = FrequencyExtension::Method::pi;
        return extension;
    }
    extension.method = FrequencyExtension::Method::yarn;
    const auto pair_that_turns = [&](double times) {
        return static_cast<double>(head_width) *
               std::log(static_cast<double>(train_length) / (2 * std::numbers::pi * times)) / (2 * std::log(base));
    };
    double begin = pair_that_turns(number_option(options, "beta_fast"));
    double end = pair_that_turns(number_option(options, "beta_slow"));
    if (flag_option(options, "truncate")) {
        begin = std::floor(begin);
        end = std::ceil(end);
    }
    extension.ramp_begin = std::max(begin, 0.0);
    extension.ramp_end = std::min(end, static_cast<double>(head_width - 1));
    extension.ramp_end = std::max(extension.ramp_end, extension.ramp_begin + 0.001);
    const double given = number_option(options, "attention_factor");
    extension.table_factor = given > 0 ? given : 0.1 * std::log(extension.factor) + 1;
    return extension;
}

AngleTables angle_tables(const at::Tensor& theta, const at::Tensor& position_T, double table_factor, at::ScalarType real) {
    const at::Tensor angle = position_T.unsqueeze(1).mul(theta.unsqueeze(-2));
    const auto table = [&](const at::Tensor& values) {
        return (table_factor == 1 ? values : values.mul(table_factor)).to(real);
    };
    return {table(angle.cos()), table(angle.sin())};
}

}  // namespace overtake
