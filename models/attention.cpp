// Causal softmax attention: where the hooks of a scheme meet the logits.
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "models/operations.hpp"

namespace overtake {

namespace {

at::Tensor merge_heads(const at::Tensor& out_BNTH) {
    return out_BNTH.transpose(1, 2).reshape({out_BNTH.size(0) * out_BNTH.size(2), out_BNTH.size(1) * out_BNTH.size(3)});
}

at::Tensor future(std::int64_t length, at::Device device) {
    return at::ones({length, length}, at::TensorOptions(at::kBool).device(device)).triu_(1);
}

/// [N, T] by lag to [N, T, T]: row i of head n reads the lags i, i - 1, .. 0 and then minus infinity.
at::Tensor expand_lags(const at::Tensor& by_lag_NT) {
    const std::int64_t length = by_lag_NT.size(1);
    const at::Tensor never = at::full({by_lag_NT.size(0), length - 1}, -std::numeric_limits<float>::infinity(),
                                      by_lag_NT.options().requires_grad(false));
    return at::cat({by_lag_NT.flip(1), never}, 1).unfold(1, length, 1).flip(1);
}

}  // namespace

Attention::Attention(const PositionScheme& scheme, std::int64_t context_length)
    : scheme_(scheme), context_length_(context_length) {}

at::Tensor Attention::expanded(const StaticBias& bias) {
    const bool same = last_expanded_.defined() && last_bias_.by_lag_NT.is_same(bias.by_lag_NT) &&
                      last_bias_.by_pair_NTT.is_same(bias.by_pair_NTT);
    if (!same) {
        last_bias_ = bias;
        last_expanded_ = bias.by_lag_NT.defined() ? expand_lags(bias.by_lag_NT)
                                                  : bias.by_pair_NTT.masked_fill(future(context_length_, bias.by_pair_NTT.device()),
                                                                                 -std::numeric_limits<float>::infinity());
    }
    return last_expanded_;
}

at::Tensor Attention::operator()(const at::Tensor& x_RD, QueryKey qk, const at::Tensor& v_BNTH, std::int64_t layer) {
    const at::Tensor x_BTD = x_RD.view({v_BNTH.size(0), context_length_, -1});
    if (const at::Tensor temperature = scheme_.temperature(layer); temperature.defined()) {
        qk.q_BNTH = qk.q_BNTH.mul(temperature).to(v_BNTH.scalar_type());
    }
    at::Tensor bias;
    if (const StaticBias fixed = scheme_.static_bias(layer); fixed.defined()) {
        bias = expanded(fixed).unsqueeze(0);
    }
    if (const at::Tensor content = scheme_.content_bias(x_BTD, qk, layer); content.defined()) {
        bias = bias.defined() ? bias + content
                              : content.masked_fill(future(context_length_, content.device()), -std::numeric_limits<float>::infinity());
    }
    const at::Tensor &q = qk.q_BNTH, &k = qk.k_BNTH;
    if (!scheme_.changes_weights() && (!q.is_cpu() || context_length_ >= 512)) {
        const std::optional<at::Tensor> mask = bias.defined() ? std::optional(bias.to(q.scalar_type())) : std::nullopt;
        return merge_heads(at::scaled_dot_product_attention(q, k, v_BNTH, mask, 0.0, /*is_causal=*/!mask));
    }
    at::Tensor logits = at::matmul(q, k.transpose(-2, -1)).to(at::kFloat).mul(1 / std::sqrt(static_cast<double>(q.size(3))));
    logits = bias.defined() ? logits + bias
                            : logits.masked_fill(future(context_length_, q.device()), -std::numeric_limits<float>::infinity());
    const at::Tensor weights = at::softmax(logits, -1).to(q.scalar_type());
    return merge_heads(scheme_.changes_weights() ? scheme_.weigh(weights, v_BNTH, layer) : at::matmul(weights, v_BNTH));
}

}  // namespace overtake
