// Causal attention of one head on one core: forward and backward without ever storing the T x T weights.
//
// Tiles of queries meet only the keys that they may see; the backward pass forms the weights again from the saved normaliser
// (the idea of Dao et al. 2022, arXiv:2205.14135, for caches instead of shared memory). All sums are fp32.
#pragma once

#include <cstdint>
#include <vector>

#include "models/lag_kernel.hpp"
#include "models/matrix_kernel.hpp"

namespace overtake {

/// One head of one sequence: row t is data[t * row_stride .. + width).
template <class T>
struct HeadRows {
    T* data;
    std::int64_t row_stride;
};

/// Bias of query i and key k: data[i * row_stride + k]; row_stride -1 reads a bias by lag that is stored from the longest lag
/// to 0, from data = its last element; row_stride 0 gives each key one number for all queries. Null: no bias.
struct BiasRows {
    const float* data = nullptr;
    float* gradient = nullptr;  // same layout, added to; null if not wanted
    std::int64_t row_stride = 0;
};

/// Vectors of the lag: `keys`, as in LagTable, and the queries that meet them (scaled as q k); `queries`, as in KeyLagTable, which meet
/// the keys; `values`, as in LagTable, which are read beside v. Null: none.
template <class T>
struct LagInputs {
    HeadRows<const T> q{nullptr, 0};
    const float* keys = nullptr;
    const float* queries = nullptr;
    const float* values = nullptr;
    std::int64_t key_rows = 0, value_rows = 0;
};

/// Gradients of LagInputs: that of q is written, those of the tables are added to; null tables are not wanted.
template <class T>
struct LagGradients {
    HeadRows<T> q{nullptr, 0};
    float* keys = nullptr;
    float* queries = nullptr;
    float* values = nullptr;
};

/// Scratch memory of one thread, reused from head to head.
class AttentionWorkspace {
  public:
    /// Queries and keys have qk_width channels, values and outputs `width`.
    AttentionWorkspace(std::int64_t length, std::int64_t qk_width, std::int64_t width);

    /// out = softmax(scale q k^T + bias, causal) v; log_normaliser[i] is the logarithm of query i's sum of exponentials.
    /// Query i sees the keys from first_key[i] to i, first_key rising; null: from 0.
    template <class T>
    void forward(HeadRows<const T> q, HeadRows<const T> k, HeadRows<const T> v, float scale, const BiasRows& bias,
                 const std::int32_t* first_key, const LagInputs<T>& lag, HeadRows<T> out, float* log_normaliser);

    /// Gradients with respect to q, k, v (written) and bias (added to).
    template <class T>
    void backward(HeadRows<const T> q, HeadRows<const T> k, HeadRows<const T> v, float scale, const BiasRows& bias,
                  const std::int32_t* first_key, const LagInputs<T>& lag, HeadRows<const T> out, const float* log_normaliser,
                  HeadRows<const T> d_out, HeadRows<T> d_q, HeadRows<T> d_k, HeadRows<T> d_v, const LagGradients<T>& d_lag);

  private:
    static constexpr std::int64_t tile = 48;  // queries at a time

    template <class T>
    const float* widened(HeadRows<const T> rows, std::int64_t width, std::vector<float>& into) const;

    std::int64_t length_, qk_width_, width_, padded_qk_width_, padded_width_, row_floats_;
    template <class T>
    const float* begin_lags(const LagInputs<T>& lag, HeadRows<const T> k);

    LagTable lag_keys_{tile}, lag_values_{tile};
    KeyLagTable lag_queries_;
    std::vector<float> lag_q_;
    Panels lag_q_panels_;
    std::vector<float> q_, k_, v_, d_out_, weights_, gradients_, d_q_, d_k_, d_v_, product_;
    Panels k_transposed_, v_panels_, v_transposed_, q_panels_, k_panels_, d_out_panels_;
};

}  // namespace overtake
