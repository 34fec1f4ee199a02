// Values of the sinusoidal table, for the scheme and its tests.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

/// Row-major [length, width]: sin(p b^(-2j/D)) in channel 2j, cos of the same angle in 2j + 1, b = 10000, from p = 0.
/// Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5, the paper's interleaved layout.
std::vector<float> sinusoidal_table(std::int64_t length, std::int64_t width);

}  // namespace overtake
