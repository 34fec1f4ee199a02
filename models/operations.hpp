// The network's operations with gradients: each is one file, on a CPU our own loops, on a GPU LibTorch's kernels.
//
// Shapes: B batch, T context length, R = B T rows, N heads, H head width, D model width, F MLP width, V vocabulary.
// "Compute precision" is fp32 or bf16; sums, norms, softmax and losses are formed in fp32 whatever the precision.
#pragma once

#include <utility>

#include <ATen/core/Tensor.h>

#include "models/position/position_scheme.hpp"

namespace overtake {

/// x_RI times weight_OI transposed, in the compute precision of x; the weight is an fp32 master, its gradient is fp32.
at::Tensor apply_weight(const at::Tensor& x_RI, const at::Tensor& weight_OI);

/// Row y of the table for each token, fp32. Equal tokens add their gradients in a fixed order.
at::Tensor embed(const at::Tensor& tokens_BT, const at::Tensor& table_VD);

struct Normed {
    at::Tensor stream_RD;  // the residual stream after the addition, fp32
    at::Tensor normed_RD;  // RMSNorm of it times the gain, in the compute precision
};

/// Adds a block's output to the residual stream and normalises the sum: Zhang and Sennrich 2019, arXiv:1910.07467, equation 4,
/// epsilon 1e-5. `branch_RD` in the compute precision may be undefined, then the stream stays as it is.
Normed add_and_norm(const at::Tensor& stream_RD, const at::Tensor& branch_RD, const at::Tensor& gain_D,
                    at::ScalarType compute);

/// RMSNorm over the last dimension, same type as x.
at::Tensor head_norm(const at::Tensor& x_BNTH, const at::Tensor& gain_H);

/// GELU in its tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2, as in GPT-2).
at::Tensor apply_gelu(const at::Tensor& x_RF);

/// silu(gate) * up of x = [gate | up] (Shazeer 2020, arXiv:2002.05202, equation 6).
at::Tensor apply_swiglu(const at::Tensor& x_R2F);

struct Heads {
    QueryKey qk;
    at::Tensor v_BNTH;
};

/// The fused projection [query | key | value], each of N heads of H, as three tensors.
Heads split_heads(const at::Tensor& projected_R3D, std::int64_t batch, std::int64_t heads);

/// Rotates the pairs (j, j + H/2) of each head: y1 = x1 c - x2 s, y2 = x2 c + x1 s. Tables are fp32 (fp64 for inspection)
/// [B or 1, N or 1, T, H/2], leading ones may be left out, and may carry a gradient.
at::Tensor rotate_pairs(const at::Tensor& x_BNTH, const at::Tensor& cosine, const at::Tensor& sine);

/// Causal softmax attention, heads merged to [B T, N H]. Calls hooks H3 to H6 of the scheme; queries of a packed window see
/// their own document alone.
class Attention {
  public:
    /// One object serves one forward pass of a scheme that has begun it: what layers share is expanded once.
    explicit Attention(const PositionScheme& scheme);

    /// x_BTD is the input of the layer; q and k are what the scheme's `transform` made, of any one width.
    at::Tensor operator()(const at::Tensor& x_BTD, QueryKey qk, const at::Tensor& v_BNTH, std::int64_t layer);

  private:
    at::Tensor expanded(const StaticBias& bias);
    at::Tensor hidden_BTT(std::int64_t layer, at::Device device);
    at::Tensor first_keys(std::int64_t layer);
    at::Tensor weighted(const QueryKey& qk, const at::Tensor& v_BNTH, const at::Tensor& bias, const LagTerms& lags,
                        std::int64_t layer);

    const PositionScheme& scheme_;
    std::int64_t length_;
    StaticBias last_bias_;
    at::Tensor last_expanded_, last_first_keys_;
};

/// Logits before the mask, [B, N, T, T] in the type of q: products with the scheme's scale and temperature plus all its biases.
/// For inspection and for schemes that change weights; attention itself forms no such matrix.
at::Tensor explicit_logits(const PositionScheme& scheme, const at::Tensor& x_BTD, const QueryKey& qk, std::int64_t layer);

/// Queries and keys widened by channels that add key_bias[b, n, k] to the scaled logits of key k: fused kernels then need no
/// bias matrix. The bias is split into parts of the precision of q, each exact where the sum of those before it is not; the
/// width is padded to a multiple of 8. Pass `scale` to the kernel explicitly: the width no longer tells it.
QueryKey append_key_bias(const QueryKey& qk, const at::Tensor& key_bias_BNT, double scale);

/// -ln softmax(logits)[target] per row, fp32 [R] in nats.
at::Tensor cross_entropy(const at::Tensor& logits_RV, const at::Tensor& targets_R);

}  // namespace overtake
