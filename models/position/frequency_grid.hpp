// Trained frequencies held against RoPE's grid: which base they amount to, and how far from any grid they are.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// Least squares of ln theta on the rank j = 0 .. J - 1 of the frequencies in falling order: theta_j ~ first base^(-j / J), as
/// RoPE's theta_j = base^(-2 j / head width).
struct GridFit {
    double base = 0;
    double first = 0;             // [radians per position]
    double residual_octaves = 0;  // root mean square of log2(theta_j / fitted)
};

/// theta: J >= 2 positive frequencies, any order. Throws std::logic_error for fewer.
GridFit fit_frequency_grid(const at::Tensor& theta_J);

/// The fitted grid in the order of theta: its j-th greatest frequency is replaced by first base^(-j / J). fp64 [J].
at::Tensor on_fitted_grid(const at::Tensor& theta_J);

}  // namespace overtake
