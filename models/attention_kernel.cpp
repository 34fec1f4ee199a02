#include "models/attention_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/softmax_row.hpp"

namespace overtake {

namespace {

/// weights[k] <- the softmax again; gradients[k]: of the weights, <- of the unscaled products q.k; d_bias[k] += of the logits.
template <bool biased>
OVERTAKE_INLINE void logit_gradients(float* weights, float* gradients, std::int64_t visible, std::int64_t end, float scale,
                                     const float* bias, float log_normaliser, float mean) {
#pragma omp simd
    for (std::int64_t k = 0; k < visible; ++k) {
        const float x = biased ? scale * weights[k] + bias[k] : scale * weights[k];
        const float weight = exp_of(x - log_normaliser);
        weights[k] = weight;
        gradients[k] = weight * (gradients[k] - mean);
    }
#pragma omp simd
    for (std::int64_t k = visible; k < end; ++k) {
        weights[k] = 0;
        gradients[k] = 0;
    }
}

OVERTAKE_VECTORISED void logit_gradients_with_bias(float* weights, float* gradients, std::int64_t visible, std::int64_t end,
                                                   float scale, const float* bias, float log_normaliser, float mean) {
    logit_gradients<true>(weights, gradients, visible, end, scale, bias, log_normaliser, mean);
}
OVERTAKE_VECTORISED void logit_gradients_alone(float* weights, float* gradients, std::int64_t visible, std::int64_t end,
                                               float scale, float log_normaliser, float mean) {
    logit_gradients<false>(weights, gradients, visible, end, scale, nullptr, log_normaliser, mean);
}
OVERTAKE_VECTORISED void add_to(float* to, const float* from, std::int64_t count) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] += from[i];
    }
}

template <class T>
OVERTAKE_INLINE void copy_scaled(const float* from, std::int64_t count, float factor, T* to) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        put(to[i], factor * from[i]);
    }
}
OVERTAKE_VECTORISED void write_scaled(const float* from, std::int64_t count, float factor, float* to) {
    copy_scaled(from, count, factor, to);
}
OVERTAKE_VECTORISED void write_scaled(const float* from, std::int64_t count, float factor, Bf16* to) {
    copy_scaled(from, count, factor, to);
}
OVERTAKE_VECTORISED void read_row(const float* from, std::int64_t count, float* to) { copy_scaled(from, count, 1, to); }
OVERTAKE_VECTORISED void read_row(const Bf16* from, std::int64_t count, float* to) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] = to_float(from[i]);
    }
}

float dot(const float* a, const float* b, std::int64_t count) {
    float sum = 0;
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

std::int64_t panels_up_to(std::int64_t columns) { return (columns + Panels::width - 1) / Panels::width; }

/// First column of the panel that holds the first key of query i: where a tile that begins with it begins to read.
std::int64_t first_column(const std::int32_t* first_key, std::int64_t i) {
    return first_key == nullptr ? 0 : first_key[i] / Panels::width * Panels::width;
}

}  // namespace

AttentionWorkspace::AttentionWorkspace(std::int64_t length, std::int64_t qk_width, std::int64_t width)
    : length_(length),
      qk_width_(qk_width),
      width_(width),
      padded_qk_width_(panels_up_to(qk_width) * Panels::width),
      padded_width_(panels_up_to(width) * Panels::width),
      // An odd number of cache lines, so that a column of the tile doesn't fall on a few sets of the cache.
      row_floats_((panels_up_to(length) | 1) * Panels::width) {
    weights_.resize(static_cast<std::size_t>(tile * row_floats_));
    product_.resize(static_cast<std::size_t>(tile * std::max(padded_width_, padded_qk_width_)));
}

template <class T>
const float* AttentionWorkspace::widened(HeadRows<const T> rows, std::int64_t width, std::vector<float>& into) const {
    into.resize(static_cast<std::size_t>(length_ * width));
    for (std::int64_t t = 0; t < length_; ++t) {
        read_row(rows.data + t * rows.row_stride, width, into.data() + t * width);
    }
    return into.data();
}

/// Packs the tables of the head; the queries that meet the one for keys, widened, or null.
template <class T>
const float* AttentionWorkspace::begin_lags(const LagInputs<T>& lag, HeadRows<const T> k) {
    if (lag.values != nullptr) {
        lag_values_.begin(lag.values, lag.value_rows, width_);
    }
    if (lag.queries != nullptr) {
        lag_queries_.begin(lag.queries, k.data, k.row_stride, length_, qk_width_);
    }
    if (lag.keys == nullptr) {
        return nullptr;
    }
    lag_keys_.begin(lag.keys, lag.key_rows, qk_width_);
    return widened(lag.q, qk_width_, lag_q_);
}

template <class T>
void AttentionWorkspace::forward(HeadRows<const T> q, HeadRows<const T> k, HeadRows<const T> v, float scale, const BiasRows& bias,
                                 const std::int32_t* first_key, const LagInputs<T>& lag, HeadRows<T> out, float* log_normaliser) {
    const float* queries = widened(q, qk_width_, q_);
    const float* lag_queries = begin_lags(lag, k);
    const PairRows weights_by_pair{weights_.data(), row_floats_};
    k_transposed_.pack(k.data, 1, k.row_stride, qk_width_, length_);
    v_panels_.pack(v.data, v.row_stride, 1, length_, width_);
    for (std::int64_t begin = 0; begin < length_; begin += tile) {
        const std::int64_t end = std::min(begin + tile, length_), from = first_column(first_key, begin);
        multiply({queries + begin * qk_width_, qk_width_, 1}, end - begin, k_transposed_, 0, qk_width_, from / Panels::width,
                 panels_up_to(end), weights_.data(), row_floats_, false, true);
        const QueryTile queries_here{begin, end, first_key};
        if (lag_queries != nullptr) {
            lag_keys_.spread(queries_here, lag_queries + begin * qk_width_, weights_by_pair);
        }
        if (lag.queries != nullptr) {
            lag_queries_.spread(queries_here, weights_by_pair);
        }
        float inverse[tile];
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t first = first_key == nullptr ? 0 : first_key[i];
            float* row = weights_.data() + (i - begin) * row_floats_ + first;
            const RowSum sum =
                exponentials(row, i + 1 - first, scale, bias.data == nullptr ? nullptr : bias.data + i * bias.row_stride + first);
            std::fill(row + i + 1 - first, row + end - first, 0.0F);
            std::fill(row - (first - from), row, 0.0F);
            inverse[i - begin] = 1 / sum.sum;
            log_normaliser[i] = sum.greatest + std::log(sum.sum);
        }
        multiply({weights_.data() + from, row_floats_, 1}, end - begin, v_panels_, from, end, 0, v_panels_.count(), product_.data(),
                 padded_width_, false, true);
        if (lag.values != nullptr) {
            lag_values_.gather(queries_here, weights_by_pair);
            lag_values_.collect(queries_here, product_.data(), padded_width_, true);
        }
        for (std::int64_t i = begin; i < end; ++i) {
            write_scaled(product_.data() + (i - begin) * padded_width_, width_, inverse[i - begin], out.data + i * out.row_stride);
        }
    }
}

template <class T>
void AttentionWorkspace::backward(HeadRows<const T> q, HeadRows<const T> k, HeadRows<const T> v, float scale,
                                  const BiasRows& bias, const std::int32_t* first_key, const LagInputs<T>& lag, HeadRows<const T> out,
                                  const float* log_normaliser, HeadRows<const T> d_out, HeadRows<T> d_q, HeadRows<T> d_k,
                                  HeadRows<T> d_v, const LagGradients<T>& d_lag) {
    const float* lag_queries = begin_lags(lag, k);
    if (lag_queries != nullptr) {
        lag_q_panels_.pack(lag.q.data, lag.q.row_stride, 1, length_, qk_width_);
    }
    const float* queries = widened(q, qk_width_, q_);
    const float* outputs = widened(out, width_, k_);
    const float* d_outputs = widened(d_out, width_, d_out_);
    k_transposed_.pack(k.data, 1, k.row_stride, qk_width_, length_);
    v_transposed_.pack(v.data, 1, v.row_stride, width_, length_);
    k_panels_.pack(k.data, k.row_stride, 1, length_, qk_width_);
    q_panels_.pack(q.data, q.row_stride, 1, length_, qk_width_);
    d_out_panels_.pack(d_out.data, d_out.row_stride, 1, length_, width_);
    gradients_.resize(weights_.size());
    d_k_.assign(static_cast<std::size_t>(length_ * padded_qk_width_), 0.0F);
    d_v_.assign(static_cast<std::size_t>(length_ * padded_width_), 0.0F);
    const PairRows weights_by_pair{weights_.data(), row_floats_}, gradients_by_pair{gradients_.data(), row_floats_};

    for (std::int64_t begin = 0; begin < length_; begin += tile) {
        const std::int64_t end = std::min(begin + tile, length_), rows = end - begin, from = first_column(first_key, begin);
        multiply({queries + begin * qk_width_, qk_width_, 1}, rows, k_transposed_, 0, qk_width_, from / Panels::width,
                 panels_up_to(end), weights_.data(), row_floats_, false, true);
        multiply({d_outputs + begin * width_, width_, 1}, rows, v_transposed_, 0, width_, from / Panels::width, panels_up_to(end),
                 gradients_.data(), row_floats_, false, true);
        const QueryTile queries_here{begin, end, first_key};
        if (lag_queries != nullptr) {
            lag_keys_.spread(queries_here, lag_queries + begin * qk_width_, weights_by_pair);
        }
        if (lag.queries != nullptr) {
            lag_queries_.spread(queries_here, weights_by_pair);
        }
        if (lag.values != nullptr) {
            lag_values_.spread(queries_here, d_outputs + begin * width_, gradients_by_pair);
        }
        for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t first = first_key == nullptr ? 0 : first_key[i];
            float* weights = weights_.data() + (i - begin) * row_floats_ + first;
            float* gradients = gradients_.data() + (i - begin) * row_floats_ + first;
            const float mean = dot(outputs + i * width_, d_outputs + i * width_, width_);
            if (bias.data == nullptr) {
                logit_gradients_alone(weights, gradients, i + 1 - first, end - first, scale, log_normaliser[i], mean);
            } else {
                logit_gradients_with_bias(weights, gradients, i + 1 - first, end - first, scale,
                                          bias.data + i * bias.row_stride + first, log_normaliser[i], mean);
            }
            std::fill(weights - (first - from), weights, 0.0F);
            std::fill(gradients - (first - from), gradients, 0.0F);
            if (bias.gradient != nullptr) {
                add_to(bias.gradient + i * bias.row_stride + first, gradients, i + 1 - first);
            }
        }
        multiply({gradients_.data() + from, row_floats_, 1}, rows, k_panels_, from, end, 0, k_panels_.count(), product_.data(),
                 padded_qk_width_, false, true);
        for (std::int64_t i = begin; i < end; ++i) {
            write_scaled(product_.data() + (i - begin) * padded_qk_width_, qk_width_, scale, d_q.data + i * d_q.row_stride);
        }
        if (lag_queries != nullptr) {
            lag_keys_.gather(queries_here, gradients_by_pair);
            lag_keys_.collect(queries_here, product_.data(), padded_qk_width_, false);
            lag_keys_.accumulate(queries_here, lag_q_panels_);
            for (std::int64_t i = begin; i < end; ++i) {
                write_scaled(product_.data() + (i - begin) * padded_qk_width_, qk_width_, scale, d_lag.q.data + i * d_lag.q.row_stride);
            }
        }
        if (lag.queries != nullptr) {
            lag_queries_.accumulate(queries_here, gradients_by_pair, k_panels_, d_k_.data());
        }
        if (lag.values != nullptr) {
            lag_values_.gather(queries_here, weights_by_pair);
            lag_values_.accumulate(queries_here, d_out_panels_);
        }
        multiply({gradients_.data() + from, 1, row_floats_}, end - from, q_panels_, begin, end, 0, q_panels_.count(),
                 d_k_.data() + from * padded_qk_width_, padded_qk_width_, true, true);
        multiply({weights_.data() + from, 1, row_floats_}, end - from, d_out_panels_, begin, end, 0, d_out_panels_.count(),
                 d_v_.data() + from * padded_width_, padded_width_, true, true);
    }
    if (d_lag.keys != nullptr) {
        lag_keys_.add_gradient(scale, d_lag.keys);
    }
    if (d_lag.queries != nullptr) {
        lag_queries_.add_gradient(scale, d_lag.queries);
    }
    if (d_lag.values != nullptr) {
        lag_values_.add_gradient(1, d_lag.values);
    }
    for (std::int64_t t = 0; t < length_; ++t) {
        write_scaled(d_k_.data() + t * padded_qk_width_, qk_width_, scale, d_k.data + t * d_k.row_stride);
        write_scaled(d_v_.data() + t * padded_width_, width_, 1, d_v.data + t * d_v.row_stride);
    }
}

template void AttentionWorkspace::forward(HeadRows<const float>, HeadRows<const float>, HeadRows<const float>, float,
                                          const BiasRows&, const std::int32_t*, const LagInputs<float>&, HeadRows<float>, float*);
template void AttentionWorkspace::backward(HeadRows<const float>, HeadRows<const float>, HeadRows<const float>, float,
                                           const BiasRows&, const std::int32_t*, const LagInputs<float>&, HeadRows<const float>,
                                           const float*, HeadRows<const float>, HeadRows<float>, HeadRows<float>, HeadRows<float>,
                                           const LagGradients<float>&);
template void AttentionWorkspace::forward(HeadRows<const Bf16>, HeadRows<const Bf16>, HeadRows<const Bf16>, float,
                                          const BiasRows&, const std::int32_t*, const LagInputs<Bf16>&, HeadRows<Bf16>, float*);
template void AttentionWorkspace::backward(HeadRows<const Bf16>, HeadRows<const Bf16>, HeadRows<const Bf16>, float,
                                           const BiasRows&, const std::int32_t*, const LagInputs<Bf16>&, HeadRows<const Bf16>,
                                           const float*, HeadRows<const Bf16>, HeadRows<Bf16>, HeadRows<Bf16>, HeadRows<Bf16>,
                                           const LagGradients<Bf16>&);

}  // namespace overtake
