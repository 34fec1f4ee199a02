// Causal softmax attention: where the hooks of a scheme meet the logits.
#include <cmath>
#include <limits>

#include "models/attention_kernel.hpp"
#include "models/operations.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

at::Tensor merge_heads(const at::Tensor& out_BNTH) {
    return out_BNTH.transpose(1, 2).reshape({out_BNTH.size(0) * out_BNTH.size(2), out_BNTH.size(1) * out_BNTH.size(3)});
}

at::Tensor future(std::int64_t length, at::Device device) {
    return at::ones({length, length}, at::TensorOptions(at::kBool).device(device)).triu_(1);
}

/// [N, T] by lag to [N, T, T]: row i of head n reads the lags i, i - 1, .. 0 and then minus infinity.
at::Tensor expand_lags(const at::Tensor& by_lag_NT) {
    const std::int64_t length = by_lag_NT.size(1);
    const at::Tensor never = at::full({by_lag_NT.size(0), length - 1}, minus_infinity,
                                      by_lag_NT.options().requires_grad(false));
    return at::cat({by_lag_NT.flip(1), never}, 1).unfold(1, length, 1).flip(1);
}

/// Bias of all heads as our kernel reads it: by lag from the longest to 0, by pair, or by pair of each sequence.
struct BiasTable {
    at::Tensor values;
    std::int64_t length;
    BiasRows rows(std::int64_t batch, std::int64_t head, at::Tensor& gradient) const {
        if (!values.defined()) {
            return {};
        }
        const bool by_lag = values.dim() == 2;
        const std::int64_t first = by_lag ? head * length + length - 1
                                          : (values.dim() == 4 ? batch * values.stride(0) : 0) + head * length * length;
        return {data_of<float>(values) + first, gradient.defined() ? data_of<float>(gradient) + first : nullptr,
                by_lag ? -1 : length};
    }
};

template <class T>
HeadRows<const T> rows_of(const at::Tensor& x_BNTH, std::int64_t batch, std::int64_t head) {
    return {data_of<T>(x_BNTH) + batch * x_BNTH.stride(0) + head * x_BNTH.stride(1), x_BNTH.stride(2)};
}

template <class T>
HeadRows<T> rows_of(at::Tensor& x_BNTH, std::int64_t batch, std::int64_t head) {
    return {data_of<T>(x_BNTH) + batch * x_BNTH.stride(0) + head * x_BNTH.stride(1), x_BNTH.stride(2)};
}

/// Storage [B, T, N, H] seen as [B, N, T, H], the layout that merges heads for free.
at::Tensor empty_heads(const at::Tensor& like_BNTH) {
    return at::empty({like_BNTH.size(0), like_BNTH.size(2), like_BNTH.size(1), like_BNTH.size(3)}, like_BNTH.options())
        .transpose(1, 2);
}

at::Tensor with_whole_rows(const at::Tensor& x_BNTH) { return x_BNTH.stride(3) == 1 ? x_BNTH : x_BNTH.contiguous(); }

struct TiledAttention : torch::autograd::Function<TiledAttention> {
    /// Calls action(workspace, batch, head). One thread has all sequences of a head, so a head's bias adds up in one order.
    template <class Action>
    static void for_heads(const at::Tensor& q_BNTH, const Action& action) {
        const std::int64_t batch = q_BNTH.size(0), heads = q_BNTH.size(1);
        at::parallel_for(0, heads, 1, [&](std::int64_t begin, std::int64_t end) {
            AttentionWorkspace workspace(q_BNTH.size(2), q_BNTH.size(3));
            for (std::int64_t head = begin; head < end; ++head) {
                for (std::int64_t b = 0; b < batch; ++b) {
                    action(workspace, b, head);
                }
            }
        });
    }

    static float scale_of(const at::Tensor& q_BNTH) { return 1 / std::sqrt(static_cast<float>(q_BNTH.size(3))); }

    /// The bias is [N, T] by lag, [N, T, T], [B, N, T, T], or none.
    static at::Tensor forward(AutogradContext* context, const at::Tensor& q_BNTH, const at::Tensor& k_BNTH,
                              const at::Tensor& v_BNTH, const std::optional<at::Tensor>& given_bias) {
        const at::Tensor bias = given_bias.value_or(at::Tensor());
        const at::Tensor q = with_whole_rows(q_BNTH), k = with_whole_rows(k_BNTH), v = with_whole_rows(v_BNTH);
        const BiasTable table{!bias.defined() ? at::Tensor() : bias.dim() == 2 ? bias.flip(1) : bias.contiguous(), q.size(2)};
        at::Tensor out = empty_heads(q), none;
        at::Tensor normaliser_BNT = at::empty({q.size(0), q.size(1), q.size(2)}, q.options().dtype(at::kFloat));
        with_type_of(q, [&](auto type) {
            using T = decltype(type);
            for_heads(q, [&](AttentionWorkspace& workspace, std::int64_t b, std::int64_t n) {
                workspace.forward(rows_of<T>(q, b, n), rows_of<T>(k, b, n), rows_of<T>(v, b, n), scale_of(q), table.rows(b, n, none),
                                  rows_of<T>(out, b, n), data_of<float>(normaliser_BNT) + (b * q.size(1) + n) * q.size(2));
            });
        });
        context->save_for_backward({q, k, v, out, normaliser_BNT, table.values});
        context->saved_data["trained"] = bias.defined() && bias.requires_grad();
        return merge_heads(out);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &normaliser_BNT = saved[4];
        const BiasTable table{saved[5], q.size(2)};
        const at::Tensor d_out =
            gradients[0].contiguous().view({q.size(0), q.size(2), q.size(1), q.size(3)}).transpose(1, 2);
        at::Tensor d_q = empty_heads(q), d_k = empty_heads(q), d_v = empty_heads(q);
        at::Tensor d_bias = context->saved_data["trained"].toBool() ? at::zeros_like(table.values) : at::Tensor();
        with_type_of(q, [&](auto type) {
            using T = decltype(type);
            for_heads(q, [&](AttentionWorkspace& workspace, std::int64_t b, std::int64_t n) {
                workspace.backward(rows_of<T>(q, b, n), rows_of<T>(k, b, n), rows_of<T>(v, b, n), scale_of(q),
                                   table.rows(b, n, d_bias), rows_of<T>(out, b, n),
                                   data_of<float>(normaliser_BNT) + (b * q.size(1) + n) * q.size(2), rows_of<T>(d_out, b, n),
                                   rows_of<T>(d_q, b, n), rows_of<T>(d_k, b, n), rows_of<T>(d_v, b, n));
            });
        });
        return {d_q, d_k, d_v, d_bias.defined() && d_bias.dim() == 2 ? d_bias.flip(1) : d_bias};
    }
};

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
                                                                                 minus_infinity);
    }
    return last_expanded_;
}

at::Tensor Attention::operator()(const at::Tensor& x_RD, QueryKey qk, const at::Tensor& v_BNTH, std::int64_t layer) {
    const at::Tensor x_BTD = x_RD.view({v_BNTH.size(0), context_length_, -1});
    if (const at::Tensor temperature = scheme_.temperature(layer); temperature.defined()) {
        qk.q_BNTH = qk.q_BNTH.mul(temperature).to(v_BNTH.scalar_type());
    }
    const StaticBias fixed = scheme_.static_bias(layer);
    const at::Tensor content = scheme_.content_bias(x_BTD, qk, layer);
    if (x_RD.is_cpu() && !scheme_.changes_weights()) {
        at::Tensor bias = fixed.by_lag_NT.defined() && content.defined() ? expanded(fixed)
                          : fixed.by_lag_NT.defined()                    ? fixed.by_lag_NT
                                                                         : fixed.by_pair_NTT;
        if (content.defined()) {
            bias = bias.defined() ? bias + content : content;
        }
        return TiledAttention::apply(qk.q_BNTH, qk.k_BNTH, v_BNTH, if_defined(bias));
    }
    at::Tensor bias = fixed.defined() ? expanded(fixed).unsqueeze(0) : at::Tensor();
    if (content.defined()) {
        bias = bias.defined() ? bias + content : content.masked_fill(future(context_length_, content.device()), minus_infinity);
    }
    return scheme_.changes_weights() ? weighted(qk, v_BNTH, bias, layer) : fused(qk, v_BNTH, bias);
}

/// LibTorch's kernel, which on a GPU is a fused one.
at::Tensor Attention::fused(const QueryKey& qk, const at::Tensor& v_BNTH, const at::Tensor& bias) const {
    const std::optional<at::Tensor> mask = bias.defined() ? if_defined(bias.to(v_BNTH.scalar_type())) : std::nullopt;
    return merge_heads(at::scaled_dot_product_attention(qk.q_BNTH, qk.k_BNTH, v_BNTH, mask, 0.0, /*is_causal=*/!mask));
}

/// With the weights in the open, for hook H6.
at::Tensor Attention::weighted(const QueryKey& qk, const at::Tensor& v_BNTH, const at::Tensor& bias, std::int64_t layer) const {
    const double scale = 1 / std::sqrt(static_cast<double>(v_BNTH.size(3)));
    const at::Tensor logits = at::matmul(qk.q_BNTH, qk.k_BNTH.transpose(-2, -1)).to(at::kFloat).mul(scale);
    const at::Tensor masked =
        bias.defined() ? logits + bias : logits.masked_fill(future(context_length_, v_BNTH.device()), minus_infinity);
    return merge_heads(scheme_.weigh(at::softmax(masked, -1).to(v_BNTH.scalar_type()), v_BNTH, layer));
}

}  // namespace overtake
