// Values of the sinusoidal table, for the scheme and its tests.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace overtake {

/// [..., width] for positions p of any shape, fp64: sin(p b^(-2j/D)) in channel 2j, cos of the same angle in 2j + 1, b = 10000.
/// Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5, the paper's interleaved layout.
at::Tensor sinusoidal_table(const at::Tensor& position, std::int64_t width);

}  // namespace overtake
