// What RoPE and its relatives share: frequencies, their extensions, and tables of cosines and sines.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// theta_j = base^(-2 j / head_width) [radians per position], j = 0 .. head_width/2 - 1.
/// Source: Su et al. 2021, arXiv:2104.09864, section 3.2.2.
std::vector<double> rope_frequencies(std::int64_t head_width, double base);

/// Frequencies for contexts longer than the train length, of theta of any shape, fp64, in the same shape.
struct FrequencyExtension {
    enum class Method { none, pi, yarn };
    Method method = Method::none;
    double factor = 1;                // evaluation length over train length
    double ramp_begin = 0;            // YaRN: pair index up to which frequencies stay
    double ramp_end = 0;              // and from which on they are divided by the factor
    double base = 0;
    std::int64_t head_width = 0;
    double table_factor = 1;          // YaRN's temperature: factor of the cosines and sines, so logits grow by its square

    /// pi: Chen et al. 2023, arXiv:2306.15595, equation 3. yarn: Peng et al. 2023, arXiv:2309.00071, definitions 2 and 3, with
    /// the ramp over the pair index as in the authors' code; a trained frequency counts as the pair of the grid that has it.
    at::Tensor apply(const at::Tensor& theta) const;
};

/// Throws ConfigError for a method that is not pi or yarn.
FrequencyExtension make_frequency_extension(const ExtensionConfig& config, std::int64_t head_width, double base,
                                            std::int64_t train_length);

struct AngleTables {
    at::Tensor cosine, sine;  // [..., T, H/2]
};

/// Tables for positions of shape [T], fp64: angles are formed in fp64, theta is fp64 [..., H/2] and may carry a gradient.
AngleTables angle_tables(const at::Tensor& theta, const at::Tensor& position_T, double table_factor, at::ScalarType real);

}  // namespace overtake
