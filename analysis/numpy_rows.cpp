// Rows of a bootstrap as NumPy's older generator draws them.
#include "analysis/numpy_rows.hpp"

#include <bit>

#include "sweeps/errors.hpp"

namespace overtake {

NumpyRows::NumpyRows(std::uint32_t seed, std::size_t rows) : generator_(seed), rows_(rows), mask_(0) {
    expects(rows >= 1 && rows <= (std::size_t{1} << 31U), "1 to 2^31 rows");
    mask_ = static_cast<std::uint32_t>(std::bit_ceil(rows) - 1);
}

std::vector<double> NumpyRows::next() {
    std::vector<double> times(rows_, 0);
    for (std::size_t taken = 0; taken < rows_;) {
        const std::size_t row = rows_ == 1 ? 0 : static_cast<std::size_t>(generator_() & mask_);
        if (row < rows_) {
            ++times[row];
            ++taken;
        }
    }
    return times;
}

}  // namespace overtake
