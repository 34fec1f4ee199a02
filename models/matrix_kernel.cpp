#include "models/matrix_kernel.hpp"

#include <algorithm>
#include <cstring>

namespace overtake {

namespace {

struct Tile {
    const float* a;
    std::int64_t row_stride, depth_stride;
    const float* b;             // first panel; the next one is panel_stride floats further
    std::int64_t panel_stride;
    std::int64_t depth;
    float* c;
    std::int64_t c_stride;
    bool add;
};

namespace plain {
#define LANES 4
#define ROWS 3
#define PANELS 1
#include "models/matrix_tile.inc"
#undef LANES
#undef ROWS
#undef PANELS
}  // namespace plain

struct Machine {
    void (*column)(const Tile& tile, std::int64_t rows, int panels) = plain::column;
    int panels = 1;
};

#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
namespace avx2 {
#define LANES 8
#define ROWS 6
#define PANELS 1
#include "models/matrix_tile.inc"
#undef LANES
#undef ROWS
#undef PANELS
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2")
namespace avx512 {
#define LANES 16
#define ROWS 8
#define PANELS 2
#include "models/matrix_tile.inc"
#undef LANES
#undef ROWS
#undef PANELS
}  // namespace avx512
#pragma GCC pop_options

Machine this_machine() {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        return {avx512::column, 2};
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Machine{avx2::column, 1} : Machine{};
}
#else
Machine this_machine() { return {}; }
#endif

const Machine machine = this_machine();

constexpr std::int64_t depth_block = 256;  // a panel of it fills half of the first-level cache
constexpr std::int64_t row_block = 96;     // rows of it fit in the second-level cache

template <class T>
OVERTAKE_INLINE void widen_panel(const T* from, float* to) {
#pragma omp simd
    for (std::int64_t j = 0; j < Panels::width; ++j) {
        to[j] = to_float(from[j]);
    }
}
OVERTAKE_VECTORISED void widen(const Bf16* from, std::int64_t count, float* to) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] = to_float(from[i]);
    }
}
void widen(const float* from, std::int64_t count, float* to) { std::copy_n(from, count, to); }
OVERTAKE_VECTORISED void narrow(const float* from, std::int64_t count, Bf16* to) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        put(to[i], from[i]);
    }
}

}  // namespace

template <class T>
void Panels::pack(const T* source, std::int64_t row_stride, std::int64_t column_stride, std::int64_t depth, std::int64_t columns,
                  bool round) {
    depth_ = depth;
    columns_ = columns;
    values_.resize(static_cast<std::size_t>(count() * depth * width));
    for (std::int64_t p = 0; p < count(); ++p) {
        float* to = values_.data() + p * depth * width;
        const T* from = source + p * width * column_stride;
        const std::int64_t here = std::min(width, columns - p * width);
        if (column_stride == 1 && here == width) {
            for (std::int64_t k = 0; k < depth; ++k) {
                widen_panel(from + k * row_stride, to + k * width);
            }
        } else {
            for (std::int64_t j = 0; j < width; ++j) {
                for (std::int64_t k = 0; k < depth; ++k) {
                    to[k * width + j] = j < here ? to_float(from[k * row_stride + j * column_stride]) : 0.0F;
                }
            }
        }
    }
    if (round) {
        for (float& value : values_) {
            Bf16 rounded{};
            put(rounded, value);
            value = to_float(rounded);
        }
    }
}

void multiply(const LeftFactor& left, std::int64_t rows, const Panels& right, std::int64_t k_begin, std::int64_t k_end,
              std::int64_t panel_begin, std::int64_t panel_end, float* c, std::int64_t row_stride, bool add, bool whole_panels) {
    constexpr std::int64_t width = Panels::width;
    const std::int64_t whole = whole_panels ? panel_end : std::min(panel_end, right.columns() / width);
    for (std::int64_t k = k_begin; k < k_end; k += depth_block) {
        Tile tile{.a = left.data + (k - k_begin) * left.depth_stride,
                  .row_stride = left.row_stride,
                  .depth_stride = left.depth_stride,
                  .b = nullptr,
                  .panel_stride = right.depth() * width,
                  .depth = std::min(depth_block, k_end - k),
                  .c = nullptr,
                  .c_stride = row_stride,
                  .add = add || k > k_begin};
        for (std::int64_t p = panel_begin; p < whole;) {
            const int panels = p + machine.panels <= whole ? machine.panels : 1;
            tile.b = right.panel(p) + k * width;
            tile.c = c + p * width;
            machine.column(tile, rows, panels);
            p += panels;
        }
        if (whole < panel_end) {
            const std::int64_t here = right.columns() - whole * width;
            std::vector<float> edge(static_cast<std::size_t>(rows * width));
            tile.b = right.panel(whole) + k * width;
            tile.c = edge.data();
            tile.c_stride = width;
            tile.add = false;
            machine.column(tile, rows, 1);
            for (std::int64_t i = 0; i < rows; ++i) {
                for (std::int64_t j = 0; j < here; ++j) {
                    float& to = c[i * row_stride + whole * width + j];
                    to = edge[static_cast<std::size_t>(i * width + j)] + (add || k > k_begin ? to : 0.0F);
                }
            }
        }
    }
}

template <>
void multiply_rows(const float* a, std::int64_t depth, const Panels& right, float* c, std::int64_t begin, std::int64_t end) {
    const std::int64_t columns = right.columns();
    for (std::int64_t row = begin; row < end; row += row_block) {
        multiply({a + row * depth, depth, 1}, std::min(row_block, end - row), right, 0, depth, 0, right.count(), c + row * columns,
                 columns, false, false);
    }
}

template <>
void multiply_rows(const Bf16* a, std::int64_t depth, const Panels& right, Bf16* c, std::int64_t begin, std::int64_t end) {
    const std::int64_t columns = right.columns();
    std::vector<float> left(static_cast<std::size_t>(row_block * depth));
    std::vector<float> product(static_cast<std::size_t>(row_block * columns));
    for (std::int64_t row = begin; row < end; row += row_block) {
        const std::int64_t rows = std::min(row_block, end - row);
        widen(a + row * depth, rows * depth, left.data());
        multiply({left.data(), depth, 1}, rows, right, 0, depth, 0, right.count(), product.data(), columns, false, false);
        narrow(product.data(), rows * columns, c + row * columns);
    }
}

template <class T>
void multiply_transposed(const T* a_RO, const T* b_RI, std::int64_t r, std::int64_t o, std::int64_t i, float* c_OI,
                         std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t strip = 24;  // a multiple of every tile's rows
    Panels right;
    std::vector<float> left(static_cast<std::size_t>(strip * depth_block));
    for (std::int64_t k = 0; k < r; k += depth_block) {
        const std::int64_t depth = std::min(depth_block, r - k);
        right.pack(b_RI + k * i, i, 1, depth, i);
        for (std::int64_t row = begin; row < end; row += strip) {
            const std::int64_t rows = std::min(strip, end - row);
            for (std::int64_t t = 0; t < depth; ++t) {
                widen(a_RO + (k + t) * o + row, rows, left.data() + t * strip);
            }
            multiply({left.data(), 1, strip}, rows, right, 0, depth, 0, right.count(), c_OI + row * i, i, k > 0, false);
        }
    }
}

template void Panels::pack(const float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool);
template void Panels::pack(const Bf16*, std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool);
template void multiply_transposed(const float*, const float*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t,
                                  std::int64_t);
template void multiply_transposed(const Bf16*, const Bf16*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t,
                                  std::int64_t);

}  // namespace overtake
