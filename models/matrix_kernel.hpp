// Small matrix products on one core, in fp32, for operands in fp32 or bf16: what the layers and attention are built from.
//
// Why our own: LibTorch's fp32 products run at half of AMD processors' rate, and without AVX512-BF16 its bf16 ones are forty
// times slower than fp32. Sums run over k in a fixed order, so the bits depend on neither the number of threads nor the rows'
// split among them.
#pragma once

#include <cstdint>
#include <vector>

#include "models/vector_math.hpp"

namespace overtake {

/// A right-hand factor [depth, columns] in panels of 16 columns, zero-padded: panel p holds [depth][16].
class Panels {
  public:
    static constexpr std::int64_t width = 16;

    /// Element (k, j) is source[k * row_stride + j * column_stride]. With `round`, values are rounded to bf16.
    template <class T>
    void pack(const T* source, std::int64_t row_stride, std::int64_t column_stride, std::int64_t depth, std::int64_t columns,
              bool round = false);

    const float* panel(std::int64_t index) const { return values_.data() + index * depth_ * width; }
    std::int64_t depth() const { return depth_; }
    std::int64_t columns() const { return columns_; }
    std::int64_t count() const { return (columns_ + width - 1) / width; }

  private:
    std::vector<float> values_;
    std::int64_t depth_ = 0, columns_ = 0;
};

/// A left-hand factor: element (i, k) is data[i * row_stride + k * depth_stride]; one of the strides must be 1.
struct LeftFactor {
    const float* data;
    std::int64_t row_stride, depth_stride;
};

/// C[i, j] = (add ? C[i, j] : 0) + sum over k in [k_begin, k_end) of left(i, k - k_begin) * right(k, j), for i < rows and the
/// columns j of panels [panel_begin, panel_end). C is row-major with `row_stride`; its columns beyond right.columns() are
/// left alone unless `whole_panels`, which promises that rows have room for them.
void multiply(const LeftFactor& left, std::int64_t rows, const Panels& right, std::int64_t k_begin, std::int64_t k_end,
              std::int64_t panel_begin, std::int64_t panel_end, float* c, std::int64_t row_stride, bool add, bool whole_panels);

/// c_MN = a_MK times right, row-major, in the type of a; rows [begin, end) only.
template <class T>
void multiply_rows(const T* a, std::int64_t depth, const Panels& right, T* c, std::int64_t begin, std::int64_t end);

/// c_OI = a_RO transposed times b_RI, fp32, rows [begin, end) of c only: the gradient of a weight.
template <class T>
void multiply_transposed(const T* a_RO, const T* b_RI, std::int64_t r, std::int64_t o, std::int64_t i, float* c_OI,
                         std::int64_t begin, std::int64_t end);

}  // namespace overtake
