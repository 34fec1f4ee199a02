#include "models/position/sampler.hpp"

#include <cmath>

#include <ATen/ATen.h>

#include "models/initial_values.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

/// Knuth's algorithm S: each number is taken with the chance that the numbers still wanted have among those that are left.
void draw_distinct(const ParameterStream& stream, std::int64_t length, std::int64_t longest, double* position) {
    expects(longest >= length, "a sampler has a position for each token");
    std::int64_t taken = 0;
    for (std::int64_t number = 0; taken < length; ++number) {
        if (stream.uniform(static_cast<std::uint64_t>(number)) * static_cast<double>(longest - number) <
            static_cast<double>(length - taken)) {
            position[taken++] = static_cast<double>(number);
        }
    }
}

}  // namespace

at::Tensor sampled_positions(const SamplerConfig& sampler, std::int64_t length, std::int64_t seed, std::int64_t step) {
    const ParameterStream stream(seed, "position.sampler." + std::to_string(step));
    const at::Tensor position_T = at::arange(length, at::kDouble);
    auto* position = position_T.mutable_data_ptr<double>();
    if (sampler.method == "randomised") {
        draw_distinct(stream, length, integer_option(sampler.options, "longest"), position);
    } else if (sampler.method == "shape") {
        const auto offsets = static_cast<double>(integer_option(sampler.options, "offset") + 1);
        position_T.add_(std::floor(stream.uniform(0) * offsets));
    } else {
        expects(sampler.method == "cape", "the sampler is in the table");
        const auto either_way = [&](std::uint64_t index, double greatest) { return (2 * stream.uniform(index) - 1) * greatest; };
        const double shift = either_way(0, number_option(sampler.options, "global_shift"));
        const double scale = std::exp(either_way(1, std::log(number_option(sampler.options, "scale"))));
        const double local = number_option(sampler.options, "local_shift");
        for (std::int64_t p = 0; p < length; ++p) {
            position[p] = (position[p] + shift + either_way(static_cast<std::uint64_t>(p) + 2, local)) * scale;
        }
    }
    return position_T;
}

}  // namespace overtake
