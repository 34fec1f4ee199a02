// Values of the sinusoidal table, for the scheme and its tests.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace overtake {

/// Where sines and cosines stand. interleaved: sin(p b^(-2j/D)) in channel 2j, cos of the same angle in 2j + 1 (Vaswani et al. 2017,
/// arXiv:1706.03762, section 3.5). halves: all sines, then all cosines (Transformer-XL). halves_minus_one: so too, with exponent
/// j / (D/2 - 1), so that the slowest frequency is 1/b (tensor2tensor, fairseq).
enum class SinusoidalLayout { interleaved, halves, halves_minus_one };

/// [..., width] for positions p of any shape, fp64. The width is even unless the layout is interleaved.
at::Tensor sinusoidal_table(const at::Tensor& position, std::int64_t width,
                            SinusoidalLayout layout = SinusoidalLayout::interleaved, double base = 10000);

}  // namespace overtake
