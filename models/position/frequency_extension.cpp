#include "models/position/frequency_extension.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

at::Tensor RotaryGrid::pair_of(const at::Tensor& theta) const {
    return theta.abs().clamp_min(1e-300).log().mul(-static_cast<double>(width) / (2 * std::log(base)));
}

double RotaryGrid::pair_that_turns(double times) const {
    const double turns = static_cast<double>(train_length) / (2 * std::numbers::pi * times);
    return static_cast<double>(width) * std::log(turns) / (2 * std::log(base));
}

double FrequencyExtension::temperature(std::int64_t) const { return 1; }

at::Tensor ntk_frequencies(const at::Tensor& theta, const RotaryGrid& grid, double s) {
    const double last = std::max(1.0, static_cast<double>(grid.width) / 2 - 1);
    return theta.mul(grid.pair_of(theta).mul(-std::log(s) / last).exp());
}

ExtensionPointer make_frequency_extension(const ExtensionConfig& config, const RotaryGrid& grid, const AddParameter& add_parameter) {
    const SchemeInfo* info = find_position_scheme(config.method);
    if (info == nullptr || info->kind != SchemeKind::extension) {
        throw ConfigError({{"extension.method", "\"" + config.method + "\" is no extension of RoPE's frequencies"}});
    }
    std::vector<Problem> problems;
    const ExtensionConfig complete{config.method, complete_options(*info, config.options, "extension", problems)};
    for (const SchemeOption& option : info->options) {
        if (!option.per_pair || !problems.empty()) {
            continue;
        }
        const std::size_t given = list_option(complete.options, option.name).size();
        const auto pairs = static_cast<std::size_t>(grid.width / 2);
        if (given != 0 && given != pairs) {
            problems.push_back({"extension." + std::string(option.name),
                                std::string(option.name) + " has " + std::to_string(given) + " numbers (one for each of the " +
                                    std::to_string(pairs) + " pairs that rotate)"});
        }
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    if (ExtensionPointer scaled = make_scaled_extension(complete, grid)) {
        return scaled;
    }
    if (ExtensionPointer ramp = make_ramp_extension(complete, grid, add_parameter)) {
        return ramp;
    }
    ExtensionPointer longrope = make_longrope_extension(complete, grid, add_parameter);
    expects(longrope != nullptr, "every extension of the table is of one family");
    return longrope;
}

}  // namespace overtake
