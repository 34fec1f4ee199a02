#include "models/lag_kernel.hpp"

#include <algorithm>
#include <cstring>

namespace overtake {

namespace {

OVERTAKE_VECTORISED void add_to(float* to, const float* from, std::int64_t count) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] += from[i];
    }
}
OVERTAKE_VECTORISED void add_number(float* to, float number, std::int64_t count) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] += number;
    }
}
OVERTAKE_VECTORISED void add_scaled(float* to, const float* from, float factor, std::int64_t count) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] += factor * from[i];
    }
}
OVERTAKE_VECTORISED float sum_of(const float* from, std::int64_t count) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < count; ++i) {
        sum += from[i];
    }
    return sum;
}

/// Along a diagonal: the next key has the next lower lag.
OVERTAKE_VECTORISED void add_diagonal(float* to, const float* from, std::int64_t step, std::int64_t count) {
#pragma omp simd
    for (std::int64_t k = 0; k < count; ++k) {
        to[k] += from[k * step];
    }
}
void write_diagonal(float* to, std::int64_t step, const float* from, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) {
        to[k * step] = from[k];
    }
}

/// gradient[row, 0 .. width) += factor times sums of rows of whole panels.
void add_rows(const std::vector<float>& sums, std::int64_t rows, std::int64_t sum_floats, float factor, float* gradient,
              std::int64_t width) {
    for (std::int64_t row = 0; row < rows; ++row) {
        add_scaled(gradient + row * width, sums.data() + row * sum_floats, factor, width);
    }
}

std::int64_t panels_up_to(std::int64_t columns) { return (columns + Panels::width - 1) / Panels::width; }

}  // namespace

void LagTable::begin(const float* table, std::int64_t rows, std::int64_t width) {
    rows_ = rows;
    width_ = width;
    transposed_.pack(table, 1, width, width, rows);
    panels_.pack(table, width, 1, rows, width);
    band_floats_ = (panels_up_to(rows) | 1) * Panels::width;
    gradient_floats_ = panels_.count() * Panels::width;
    band_.resize(static_cast<std::size_t>(tile_ * band_floats_));
    gradient_.assign(static_cast<std::size_t>(rows * gradient_floats_), 0.0F);
}

void LagTable::spread(const QueryTile& tile, const float* left, const PairRows& to) {
    multiply({left, width_, 1}, tile.end - tile.begin, transposed_, 0, width_, longest(tile) / Panels::width, transposed_.count(),
             band_.data(), band_floats_, false, true);
    for (std::int64_t i = tile.begin; i < tile.end; ++i) {
        const float* band = band_.data() + (i - tile.begin) * band_floats_;
        const std::int64_t first = tile.first(i), own = std::max(first, i - rows_ + 1);
        add_number(to.of(tile, i) + first, band[0], own - first);
        add_to(to.of(tile, i) + own, band + rows_ - 1 - i + own, i + 1 - own);
    }
}

void LagTable::gather(const QueryTile& tile, const PairRows& from) {
    for (std::int64_t i = tile.begin; i < tile.end; ++i) {
        float* band = band_.data() + (i - tile.begin) * band_floats_;
        const std::int64_t first = tile.first(i), own = std::max(first, i - rows_ + 1), column = rows_ - 1 - i + own;
        std::fill(band + longest(tile), band + column, 0.0F);
        std::memcpy(band + column, from.of(tile, i) + own, static_cast<std::size_t>(i + 1 - own) * sizeof(float));
        if (own > first) {
            band[0] += sum_of(from.of(tile, i) + first, own - first);
        }
    }
}

void LagTable::collect(const QueryTile& tile, float* product, std::int64_t row_floats, bool add) const {
    const std::int64_t from = longest(tile);
    multiply({band_.data() + from, band_floats_, 1}, tile.end - tile.begin, panels_, from, rows_, 0, panels_.count(), product, row_floats,
             add, true);
}

void LagTable::accumulate(const QueryTile& tile, const Panels& left) {
    const std::int64_t from = longest(tile);
    multiply({band_.data() + from, 1, band_floats_}, rows_ - from, left, tile.begin, tile.end, 0, left.count(),
             gradient_.data() + from * gradient_floats_, gradient_floats_, true, true);
}

void LagTable::add_gradient(float factor, float* gradient) const {
    add_rows(gradient_, rows_, gradient_floats_, factor, gradient, width_);
}

template <class T>
void KeyLagTable::begin(const float* table, const T* keys, std::int64_t row_stride, std::int64_t length, std::int64_t width) {
    table_ = table;
    length_ = length;
    width_ = width;
    blocks_.resize(static_cast<std::size_t>((length + block - 1) / block));
    for (std::int64_t begin = 0; begin < length; begin += block) {
        blocks_[static_cast<std::size_t>(begin / block)].pack(keys + begin * row_stride, 1, row_stride, width,
                                                              std::min(block, length - begin));
    }
    rows_.pack(table, width, 1, length, width);
    gradient_floats_ = rows_.count() * Panels::width;
    gradient_.assign(static_cast<std::size_t>(length * gradient_floats_), 0.0F);
}

template <class Action>
void KeyLagTable::for_blocks(const QueryTile& tile, const Action& action) {
    for (std::int64_t begin = tile.first(tile.begin) / block * block; begin < tile.end; begin += block) {
        const std::int64_t end = std::min({begin + block, tile.end, length_});
        const Range lags{std::max<std::int64_t>(0, tile.begin - end + 1), tile.end - begin};
        by_lag_.resize(std::max(by_lag_.size(), static_cast<std::size_t>((lags.end - lags.begin) * block)));
        action(Range{begin, end}, lags);
    }
}

template <class Action>
void KeyLagTable::for_chunks(const QueryTile& tile, Range whole, Range others, const Action& action) {
    for (std::int64_t begin = whole.begin; begin < whole.end; begin += chunk) {
        const Range part{begin, std::min(begin + chunk, whole.end)}, met_here = met(tile, part, others);
        if (met_here.begin < met_here.end) {
            action(part, met_here);
        }
    }
}

void KeyLagTable::spread(const QueryTile& tile, const PairRows& to) {
    for_blocks(tile, [&](Range keys, Range lags) {
        const Panels& transposed = blocks_[static_cast<std::size_t>(keys.begin / block)];
        for_chunks(tile, lags, keys, [&](Range some_lags, Range their_keys) {
            multiply({table_ + some_lags.begin * width_, width_, 1}, some_lags.end - some_lags.begin, transposed, 0, width_,
                     (their_keys.begin - keys.begin) / Panels::width, panels_up_to(their_keys.end - keys.begin),
                     by_lag_.data() + (some_lags.begin - lags.begin) * block, block, false, true);
        });
        for (std::int64_t i = tile.begin; i < tile.end; ++i) {
            const std::int64_t first = std::max(keys.begin, tile.first(i)), last = std::min(keys.end - 1, i);
            if (first <= last) {
                add_diagonal(to.of(tile, i) + first, by_lag_.data() + (i - first - lags.begin) * block + first - keys.begin, 1 - block,
                             last - first + 1);
            }
        }
    });
}

void KeyLagTable::accumulate(const QueryTile& tile, const PairRows& from, const Panels& keys, float* d_keys) {
    for_blocks(tile, [&](Range seen, Range lags) {
        const auto cell = [&](std::int64_t lag, std::int64_t key) { return by_lag_.data() + (lag - lags.begin) * block + key - seen.begin; };
        std::fill_n(by_lag_.begin(), (lags.end - lags.begin) * block, 0.0F);
        for (std::int64_t i = tile.begin; i < tile.end; ++i) {
            const std::int64_t first = std::max(seen.begin, tile.first(i)), last = std::min(seen.end - 1, i);
            if (first <= last) {
                write_diagonal(cell(i - first, first), 1 - block, from.of(tile, i) + first, last - first + 1);
            }
        }
        for_chunks(tile, seen, lags, [&](Range some_keys, Range their_lags) {
            multiply({cell(their_lags.begin, some_keys.begin), 1, block}, some_keys.end - some_keys.begin, rows_, their_lags.begin,
                     their_lags.end, 0, rows_.count(), d_keys + some_keys.begin * gradient_floats_, gradient_floats_, true, true);
        });
        for_chunks(tile, lags, seen, [&](Range some_lags, Range their_keys) {
            multiply({cell(some_lags.begin, their_keys.begin), block, 1}, some_lags.end - some_lags.begin, keys, their_keys.begin,
                     their_keys.end, 0, keys.count(), gradient_.data() + some_lags.begin * gradient_floats_, gradient_floats_, true, true);
        });
    });
}

void KeyLagTable::add_gradient(float factor, float* gradient) const {
    add_rows(gradient_, length_, gradient_floats_, factor, gradient, width_);
}

template void KeyLagTable::begin(const float*, const float*, std::int64_t, std::int64_t, std::int64_t);
template void KeyLagTable::begin(const float*, const Bf16*, std::int64_t, std::int64_t, std::int64_t);

}  // namespace overtake
