// Slopes of ALiBi, for the scheme and its tests.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

/// Slope of each head. For a power of two of heads 2^(-8h/N), h = 1..N; otherwise those of the next lower power of two P,
/// then every second one of the 2P set. Source: Press et al. 2021, arXiv:2108.12409, section 3 and its footnote.
std::vector<double> alibi_slopes(std::int64_t heads);

}  // namespace overtake
