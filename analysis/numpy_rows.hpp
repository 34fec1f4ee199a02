// Rows of a bootstrap as NumPy's older generator draws them, so that a published bootstrap can be repeated draw by draw.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace overtake {

/// What `numpy.random.seed(seed)` and then `numpy.random.choice(rows, rows)`, over and over, would give: MT19937 seeded by one number, the low bits of each 32-bit output that
/// `rows` - 1 has, over again where they are not below `rows`. Draw k needs all draws before it.
class NumpyRows {
  public:
    /// `rows` from 1 to 2^31.
    NumpyRows(std::uint32_t seed, std::size_t rows);
    /// How often each row is in the next draw.
    std::vector<double> next();

  private:
    std::mt19937 generator_;
    std::size_t rows_;
    std::uint32_t mask_;
};

}  // namespace overtake
