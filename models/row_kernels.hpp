// The network's loops over rows on one core: RMSNorm, activations, rotation of pairs, cross-entropy; fp32 inside, T outside.
//
// T is float or Bf16. Every row's result depends on that row alone, so rows may be split among threads at will; sums over
// rows (gains) are made by the caller from partial sums over fixed chunks.
#pragma once

#include <cstdint>

#include "models/vector_math.hpp"

namespace overtake {

/// stream_out = stream + branch, normed = stream_out * inverse_rms * gain for each row of `width`; branch and stream_out may be null
/// together. inverse_rms [rows] is kept for the backward pass.
void norm_forward(const float* stream, const float* branch, const float* gain, std::int64_t rows, std::int64_t width, float epsilon,
                  float* stream_out, float* normed, float* inverse_rms);
void norm_forward(const float* stream, const Bf16* branch, const float* gain, std::int64_t rows, std::int64_t width, float epsilon,
                  float* stream_out, Bf16* normed, float* inverse_rms);

/// d_stream = d_stream_out (may be null) + the norm's gradient; d_branch, if not null, the same in T; d_gain is added to.
void norm_backward(const float* stream_out, const float* inverse_rms, const float* gain, const float* d_normed,
                   const float* d_stream_out, std::int64_t rows, std::int64_t width, float* d_stream, float* d_branch, float* d_gain);
void norm_backward(const float* stream_out, const float* inverse_rms, const float* gain, const Bf16* d_normed,
                   const float* d_stream_out, std::int64_t rows, std::int64_t width, float* d_stream, Bf16* d_branch, float* d_gain);

/// GELU, tanh form: x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)), which is the same function.
void gelu_forward(const float* x, std::int64_t count, float* y);
void gelu_forward(const Bf16* x, std::int64_t count, Bf16* y);
void gelu_backward(const float* x, const float* d_y, std::int64_t count, float* d_x);
void gelu_backward(const Bf16* x, const Bf16* d_y, std::int64_t count, Bf16* d_x);

/// One row x = [gate | up], each of `width`: y = gate sigmoid(gate) up.
void swiglu_forward(const float* x, std::int64_t width, float* y);
void swiglu_forward(const Bf16* x, std::int64_t width, Bf16* y);
void swiglu_backward(const float* x, const float* d_y, std::int64_t width, float* d_x);
void swiglu_backward(const Bf16* x, const Bf16* d_y, std::int64_t width, Bf16* d_x);

/// Rotates the pairs (j, j + pairs) of one row by the angle whose cosine and sine are given; sign -1 rotates back.
void rotate_row(const float* x, const float* cosine, const float* sine, float sign, std::int64_t pairs, float* y);
void rotate_row(const Bf16* x, const float* cosine, const float* sine, float sign, std::int64_t pairs, Bf16* y);

/// Adds to d_cosine and d_sine what one row x with gradient d_y of its rotation gives.
void rotate_row_tables(const float* x, const float* d_y, std::int64_t pairs, float* d_cosine, float* d_sine);
void rotate_row_tables(const Bf16* x, const Bf16* d_y, std::int64_t pairs, float* d_cosine, float* d_sine);

/// Logarithm of the sum of exponentials of one row.
float log_sum_exp(const float* logits, std::int64_t width);
float log_sum_exp(const Bf16* logits, std::int64_t width);

/// d_logits = factor * softmax(logits), of which the caller takes factor off the target.
void softmax_times(const float* logits, float log_sum, float factor, std::int64_t width, float* d_logits);
void softmax_times(const Bf16* logits, float log_sum, float factor, std::int64_t width, Bf16* d_logits);

}  // namespace overtake
