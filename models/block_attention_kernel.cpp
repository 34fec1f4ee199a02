#include "models/block_attention_kernel.hpp"

#include <algorithm>

#include "models/softmax_row.hpp"

namespace overtake {

namespace {

OVERTAKE_VECTORISED void scale_row(float* row, std::int64_t count, float factor) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        row[i] *= factor;
    }
}

}  // namespace

BlockAttention::BlockAttention(std::int64_t qk_width, std::int64_t width)
    : qk_width_(qk_width), width_(width), padded_width_((width + Panels::width - 1) / Panels::width * Panels::width) {
    weights_.resize(static_cast<std::size_t>(query_tile * (key_tile + Panels::width)));
}

template <class T>
void BlockAttention::forward(HeadRows<const T> q, std::int64_t begin, std::int64_t end, HeadRows<const T> k, HeadRows<const T> v,
                             float scale, const BiasRows& bias, const std::int32_t* first_key, HeadRows<T> out) {
    const std::int64_t rows = end - begin;
    constexpr std::int64_t stride = key_tile + Panels::width;  // not a power of two, so that columns spread over the cache
    queries_.resize(static_cast<std::size_t>(rows * qk_width_));
    for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t h = 0; h < qk_width_; ++h) {
            queries_[static_cast<std::size_t>(i * qk_width_ + h)] = to_float(q.data[i * q.row_stride + h]);
        }
    }
    sums_.assign(static_cast<std::size_t>(rows * padded_width_), 0.0F);
    greatest_.assign(static_cast<std::size_t>(rows), lowest_logit);
    normaliser_.assign(static_cast<std::size_t>(rows), 0.0F);

    const std::int64_t from = first_key == nullptr ? 0 : first_key[0] / key_tile * key_tile;
    for (std::int64_t tile = from; tile < end; tile += key_tile) {
        const std::int64_t keys = std::min(key_tile, end - tile);
        k_transposed_.pack(k.data + tile * k.row_stride, 1, k.row_stride, qk_width_, keys);
        v_panels_.pack(v.data + tile * v.row_stride, v.row_stride, 1, keys, width_);
        for (std::int64_t row = 0; row < rows; row += query_tile) {
            const std::int64_t here = std::min(query_tile, rows - row);
            if (begin + row + here <= tile) {
                continue;
            }
            multiply({queries_.data() + row * qk_width_, qk_width_, 1}, here, k_transposed_, 0, qk_width_, 0, k_transposed_.count(),
                     weights_.data(), stride, false, true);
            for (std::int64_t i = row; i < row + here; ++i) {
                float* weights = weights_.data() + (i - row) * stride;
                const std::int64_t first = first_key == nullptr ? 0 : std::clamp<std::int64_t>(first_key[i] - tile, 0, keys);
                const std::int64_t visible = std::clamp<std::int64_t>(begin + i + 1 - tile, first, keys);
                std::fill(weights, weights + first, 0.0F);
                std::fill(weights + visible, weights + keys, 0.0F);
                if (visible == first) {
                    continue;
                }
                const auto at = static_cast<std::size_t>(i);
                const float before = greatest_[at];
                const float* own_bias = bias.data == nullptr ? nullptr : bias.data + (begin + i) * bias.row_stride + tile + first;
                const RowSum row_sum = exponentials(weights + first, visible - first, scale, own_bias, before);
                greatest_[at] = row_sum.greatest;
                if (greatest_[at] > before) {
                    const float shrink = before == lowest_logit ? 0.0F : exp_of(before - greatest_[at]);
                    normaliser_[at] *= shrink;
                    scale_row(sums_.data() + i * padded_width_, padded_width_, shrink);
                }
                normaliser_[at] += row_sum.sum;
            }
            multiply({weights_.data(), stride, 1}, here, v_panels_, 0, keys, 0, v_panels_.count(), sums_.data() + row * padded_width_,
                     padded_width_, true, true);
        }
    }
    for (std::int64_t i = 0; i < rows; ++i) {
        const float inverse = 1 / normaliser_[static_cast<std::size_t>(i)];
        for (std::int64_t h = 0; h < width_; ++h) {
            put(out.data[i * out.row_stride + h], inverse * sums_[static_cast<std::size_t>(i * padded_width_ + h)]);
        }
    }
}

template void BlockAttention::forward(HeadRows<const float>, std::int64_t, std::int64_t, HeadRows<const float>, HeadRows<const float>,
                                      float, const BiasRows&, const std::int32_t*, HeadRows<float>);
template void BlockAttention::forward(HeadRows<const Bf16>, std::int64_t, std::int64_t, HeadRows<const Bf16>, HeadRows<const Bf16>,
                                      float, const BiasRows&, const std::int32_t*, HeadRows<Bf16>);

}  // namespace overtake
