// Causal softmax attention: where the hooks of a scheme meet the logits.
#include <cmath>
#include <limits>
#include <utility>

#include "models/attention_kernel.hpp"
#include "models/lag_terms.hpp"
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

/// Bias of all heads as our kernel reads it: by lag from the longest to 0, by pair, by pair of each sequence, or by key.
struct BiasTable {
    at::Tensor values;
    std::int64_t length;
    BiasRows rows(std::int64_t batch, std::int64_t head, at::Tensor& gradient) const {
        if (!values.defined()) {
            return {};
        }
        const bool by_lag = values.dim() == 2, by_key = values.dim() == 4 && values.size(2) == 1;
        const std::int64_t of_sequence = values.dim() == 4 && values.size(0) > 1 ? batch * values.stride(0) : 0;
        const std::int64_t first = of_sequence + (by_lag ? head * length + length - 1 : head * length * (by_key ? 1 : length));
        return {data_of<float>(values) + first, gradient.defined() ? data_of<float>(gradient) + first : nullptr,
                by_lag ? -1 : by_key ? 0 : length};
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

const std::int32_t* keys_of(const at::Tensor& first_keys, std::int64_t batch) {
    return first_keys.defined() ? data_of<std::int32_t>(first_keys) + (first_keys.size(0) > 1 ? batch * first_keys.size(1) : 0)
                                : nullptr;
}

/// Storage [B, T, N, H] seen as [B, N, T, H], the layout that merges heads for free.
at::Tensor empty_heads(const at::Tensor& like_BNTH) {
    return at::empty({like_BNTH.size(0), like_BNTH.size(2), like_BNTH.size(1), like_BNTH.size(3)}, like_BNTH.options())
        .transpose(1, 2);
}

at::Tensor with_whole_rows(const at::Tensor& x_BNTH) { return x_BNTH.stride(3) == 1 ? x_BNTH : x_BNTH.contiguous(); }

/// Tables of vectors of the lag as our kernel reads them, and their gradients in the same form.
struct LagTensors {
    at::Tensor q_BNTH, keys_NRH, queries_NTH, values_NRH;

    template <class T>
    LagInputs<T> inputs(std::int64_t batch, std::int64_t head) const {
        LagInputs<T> inputs;
        if (keys_NRH.defined()) {
            inputs.q = rows_of<T>(q_BNTH, batch, head);
            inputs.keys = data_of<float>(keys_NRH) + head * keys_NRH.stride(0);
            inputs.key_rows = keys_NRH.size(1);
        }
        if (queries_NTH.defined()) {
            inputs.queries = data_of<float>(queries_NTH) + head * queries_NTH.stride(0);
        }
        if (values_NRH.defined()) {
            inputs.values = data_of<float>(values_NRH) + head * values_NRH.stride(0);
            inputs.value_rows = values_NRH.size(1);
        }
        return inputs;
    }

    template <class T>
    LagGradients<T> outputs(std::int64_t batch, std::int64_t head) {
        LagGradients<T> outputs;
        if (keys_NRH.defined()) {
            outputs.q = rows_of<T>(q_BNTH, batch, head);
            outputs.keys = data_of<float>(keys_NRH) + head * keys_NRH.stride(0);
        }
        if (queries_NTH.defined()) {
            outputs.queries = data_of<float>(queries_NTH) + head * queries_NTH.stride(0);
        }
        if (values_NRH.defined()) {
            outputs.values = data_of<float>(values_NRH) + head * values_NRH.stride(0);
        }
        return outputs;
    }

    LagTensors gradients() const {
        const auto zeros = [](const at::Tensor& like) { return like.defined() ? at::zeros_like(like) : at::Tensor(); };
        return {keys_NRH.defined() ? empty_heads(q_BNTH) : at::Tensor(), zeros(keys_NRH), zeros(queries_NTH), zeros(values_NRH)};
    }
};

/// [N, rows, H] from the longest lag of the window to 0, undefined if there is no table.
at::Tensor reversed_lags(const at::Tensor& table_NRH, std::int64_t heads, std::int64_t length) {
    if (!table_NRH.defined()) {
        return {};
    }
    const at::Tensor seen = table_NRH.narrow(1, 0, std::min(table_NRH.size(1), length)).flip(1);
    return seen.expand({heads, seen.size(1), seen.size(2)}).to(at::kFloat).contiguous();
}

/// [N, T, H] from lag 0 to the longest of the window, undefined if there is no table.
at::Tensor each_lag(const at::Tensor& table_NRH, std::int64_t heads, std::int64_t length) {
    if (!table_NRH.defined()) {
        return {};
    }
    const at::Tensor row = at::arange(length, at::kLong).clamp_max(table_NRH.size(1) - 1);
    return table_NRH.index_select(1, row).expand({heads, length, table_NRH.size(2)}).to(at::kFloat).contiguous();
}

struct TiledAttention : torch::autograd::Function<TiledAttention> {
    /// Calls action(workspace, batch, head). One thread has all sequences of a head, so a head's bias adds up in one order.
    template <class Action>
    static void for_heads(const at::Tensor& q_BNTH, const at::Tensor& v_BNTH, const Action& action) {
        const std::int64_t batch = q_BNTH.size(0), heads = q_BNTH.size(1);
        at::parallel_for(0, heads, 1, [&](std::int64_t begin, std::int64_t end) {
            AttentionWorkspace workspace(q_BNTH.size(2), q_BNTH.size(3), v_BNTH.size(3));
            for (std::int64_t head = begin; head < end; ++head) {
                for (std::int64_t b = 0; b < batch; ++b) {
                    action(workspace, b, head);
                }
            }
        });
    }

    /// Tables of vectors of the lag are fp32: those for keys (with the queries that meet them) and values [N, rows, H] from the longest
    /// lag to 0, those for queries [N, T, H] from lag 0.
    /// The bias is [N, T] by lag, [N, T, T], [B or 1, N, T, T], [B or 1, N, 1, T] by key, or none; first keys are int32 [B or 1, T]
    /// or none.
    static at::Tensor forward(AutogradContext* context, const at::Tensor& q_BNTH, const at::Tensor& k_BNTH,
                              const at::Tensor& v_BNTH, const std::optional<at::Tensor>& given_bias,
                              const std::optional<at::Tensor>& given_first_keys, const std::optional<at::Tensor>& lag_q,
                              const std::optional<at::Tensor>& lag_keys, const std::optional<at::Tensor>& lag_queries,
                              const std::optional<at::Tensor>& lag_values, double scale) {
        const at::Tensor first_keys = given_first_keys.value_or(at::Tensor());
        const at::Tensor bias = given_bias.value_or(at::Tensor());
        const at::Tensor q = with_whole_rows(q_BNTH), k = with_whole_rows(k_BNTH), v = with_whole_rows(v_BNTH);
        const BiasTable table{!bias.defined() ? at::Tensor() : bias.dim() == 2 ? bias.flip(1) : bias.contiguous(), q.size(2)};
        const LagTensors lags{lag_keys ? with_whole_rows(*lag_q) : at::Tensor(), lag_keys.value_or(at::Tensor()),
                              lag_queries.value_or(at::Tensor()), lag_values.value_or(at::Tensor())};
        at::Tensor out = empty_heads(v), none;
        at::Tensor normaliser_BNT = at::empty({q.size(0), q.size(1), q.size(2)}, q.options().dtype(at::kFloat));
        with_type_of(q, [&](auto type) {
            using T = decltype(type);
            for_heads(q, v, [&](AttentionWorkspace& workspace, std::int64_t b, std::int64_t n) {
                workspace.forward(rows_of<T>(q, b, n), rows_of<T>(k, b, n), rows_of<T>(v, b, n), static_cast<float>(scale),
                                  table.rows(b, n, none), keys_of(first_keys, b), lags.inputs<T>(b, n), rows_of<T>(out, b, n),
                                  data_of<float>(normaliser_BNT) + (b * q.size(1) + n) * q.size(2));
            });
        });
        context->save_for_backward({q, k, v, out, normaliser_BNT, table.values, first_keys, lags.q_BNTH, lags.keys_NRH,
                                    lags.queries_NTH, lags.values_NRH});
        context->saved_data["scale"] = scale;
        context->saved_data["trained"] = bias.defined() && bias.requires_grad();
        return merge_heads(out);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &normaliser_BNT = saved[4];
        const BiasTable table{saved[5], q.size(2)};
        const LagTensors lags{saved[7], saved[8], saved[9], saved[10]};
        LagTensors d_lags = lags.gradients();
        const at::Tensor d_out =
            gradients[0].contiguous().view({v.size(0), v.size(2), v.size(1), v.size(3)}).transpose(1, 2);
        at::Tensor d_q = empty_heads(q), d_k = empty_heads(q), d_v = empty_heads(v);
        const auto scale = static_cast<float>(context->saved_data["scale"].toDouble());
        at::Tensor d_bias = context->saved_data["trained"].toBool() ? at::zeros_like(table.values) : at::Tensor();
        with_type_of(q, [&](auto type) {
            using T = decltype(type);
            for_heads(q, v, [&](AttentionWorkspace& workspace, std::int64_t b, std::int64_t n) {
                workspace.backward(rows_of<T>(q, b, n), rows_of<T>(k, b, n), rows_of<T>(v, b, n), scale,
                                   table.rows(b, n, d_bias), keys_of(saved[6], b), lags.inputs<T>(b, n), rows_of<T>(out, b, n),
                                   data_of<float>(normaliser_BNT) + (b * q.size(1) + n) * q.size(2), rows_of<T>(d_out, b, n),
                                   rows_of<T>(d_q, b, n), rows_of<T>(d_k, b, n), rows_of<T>(d_v, b, n), d_lags.outputs<T>(b, n));
            });
        });
        return {d_q,          d_k,          d_v, d_bias.defined() && d_bias.dim() == 2 ? d_bias.flip(1) : d_bias,
                at::Tensor(), d_lags.q_BNTH, d_lags.keys_NRH, d_lags.queries_NTH, d_lags.values_NRH, at::Tensor()};
    }
};

/// The content bias plus the products with vectors of the lag.
at::Tensor with_lag_products(const at::Tensor& content, const LagTerms& lags, const QueryKey& qk, const PositionScheme& scheme) {
    const at::Tensor products = lag_products(lags, qk.k_BNTH, scheme.placement());
    if (!products.defined()) {
        return content;
    }
    const at::Tensor bias = products.mul(scheme.scale());
    return content.defined() ? content + bias : bias;
}

at::Tensor temperature_of(const PositionScheme& scheme, std::int64_t layer) {
    const at::Tensor held = scheme.held_temperature(layer);
    return held.defined() ? held : scheme.temperature(layer);
}

}  // namespace

Attention::Attention(const PositionScheme& scheme) : scheme_(scheme), length_(scheme.placement().length) {}

at::Tensor Attention::expanded(const StaticBias& bias) {
    const bool same = last_expanded_.defined() && last_bias_.by_lag_NT.is_same(bias.by_lag_NT) &&
                      last_bias_.by_pair_NTT.is_same(bias.by_pair_NTT);
    if (!same) {
        last_bias_ = bias;
        last_expanded_ = bias.by_lag_NT.defined() ? expand_lags(bias.by_lag_NT)
                                                  : bias.by_pair_NTT.masked_fill(future(length_, bias.by_pair_NTT.device()),
                                                                                 minus_infinity);
    }
    return last_expanded_;
}

/// First key that each query sees by its document and the scheme's window, int32 [B or 1, T] on the host; undefined if all are 0.
at::Tensor Attention::first_keys(std::int64_t layer) {
    const at::Tensor starts_BT = scheme_.placement().starts_BT;
    const at::Tensor window_1T = at::empty({1, length_}, at::kInt);
    auto* window = window_1T.mutable_data_ptr<std::int32_t>();
    bool all_zero = true;
    for (std::int64_t i = 0; i < length_; ++i) {
        window[i] = static_cast<std::int32_t>(scheme_.first_key(i, layer));
        all_zero = all_zero && window[i] == 0;
    }
    if (all_zero) {
        return starts_BT;
    }
    return starts_BT.defined() ? at::maximum(starts_BT, window_1T).contiguous() : window_1T;
}

/// What no query may see, bool [B or 1, T, T].
at::Tensor Attention::hidden_BTT(std::int64_t layer, at::Device device) {
    const at::Tensor later_1TT = future(length_, device).unsqueeze(0);
    const at::Tensor first = first_keys(layer);
    return first.defined() ? later_1TT.logical_or(at::arange(length_, device).lt(first.to(device, at::kInt, /*non_blocking=*/true).unsqueeze(-1))) : later_1TT;
}

at::Tensor Attention::operator()(const at::Tensor& x_BTD, QueryKey qk, const at::Tensor& v_BNTH, std::int64_t layer) {
    const at::Tensor held_NT = scheme_.held_bias(layer);
    const bool held = held_NT.defined();
    const StaticBias fixed = held ? StaticBias{.by_lag_NT = held_NT, .by_pair_NTT = {}} : scheme_.static_bias(layer);
    LagTerms lags = scheme_.lag_terms(qk, layer);
    if (held) {
        lags = {.q_BNTH = {}, .keys_NRH = {}, .queries_NRH = {}, .values_NRH = lags.values_NRH};
    }
    const bool tiled = v_BNTH.is_cpu() && !scheme_.changes_weights() && !scheme_.placement().sampled();
    at::Tensor lag_keys, lag_queries, lag_values;
    if (tiled) {
        lag_keys = reversed_lags(std::exchange(lags.keys_NRH, {}), v_BNTH.size(1), length_);
        lag_queries = each_lag(std::exchange(lags.queries_NRH, {}), v_BNTH.size(1), length_);
        lag_values = reversed_lags(std::exchange(lags.values_NRH, {}), v_BNTH.size(1), length_);
    }
    const at::Tensor content = held ? at::Tensor() : with_lag_products(scheme_.content_bias(x_BTD, qk, layer), lags, qk, scheme_);
    if (scheme_.replaces_logits() && !held) {
        qk.q_BNTH = at::zeros_like(qk.q_BNTH);
    } else if (const at::Tensor temperature = temperature_of(scheme_, layer); temperature.defined()) {
        qk.q_BNTH = qk.q_BNTH.mul(temperature).to(v_BNTH.scalar_type());
    }
    const bool in_the_open = scheme_.changes_weights() || lags.values_NRH.defined();
    const bool on_cpu = v_BNTH.is_cpu() && !in_the_open;
    at::Tensor by_key = held || (fixed.defined() && (on_cpu || in_the_open)) ? at::Tensor() : scheme_.key_bias(x_BTD, layer);
    if (on_cpu) {
        at::Tensor bias = fixed.by_lag_NT.defined() && content.defined() ? expanded(fixed)
                          : fixed.by_lag_NT.defined()                    ? fixed.by_lag_NT
                                                                         : fixed.by_pair_NTT;
        if (content.defined()) {
            bias = bias.defined() ? bias + content : content;
        }
        if (by_key.defined()) {
            bias = bias.defined() ? bias + by_key.unsqueeze(2) : by_key.unsqueeze(2);
        }
        return TiledAttention::apply(qk.q_BNTH, qk.k_BNTH, v_BNTH, if_defined(bias), if_defined(first_keys(layer)),
                                     if_defined(lag_keys.defined() ? lags.q_BNTH : at::Tensor()), if_defined(lag_keys), if_defined(lag_queries),
                                     if_defined(lag_values), scheme_.scale());
    }
    at::Tensor bias = fixed.defined() && !by_key.defined() ? expanded(fixed).unsqueeze(0) : at::Tensor();
    if (content.defined()) {
        bias = bias.defined() ? bias + content : content;
    }
    if (in_the_open) {
        if (by_key.defined()) {
            bias = bias.defined() ? bias + by_key.unsqueeze(2) : by_key.unsqueeze(2);
        }
        return weighted(qk, v_BNTH, bias, lags, layer);
    }
    if (by_key.defined()) {
        qk = append_key_bias(qk, by_key, scheme_.scale());
    }
    const bool causal_alone = !bias.defined() && !first_keys(layer).defined();
    if (!causal_alone) {
        const at::Tensor hidden_B1TT = hidden_BTT(layer, v_BNTH.device()).unsqueeze(1);
        bias = (bias.defined() ? bias : at::zeros({1, 1, length_, length_}, v_BNTH.options().dtype(at::kFloat)))
                   .masked_fill(hidden_B1TT, minus_infinity)
                   .to(v_BNTH.scalar_type());
    }
    return merge_heads(at::scaled_dot_product_attention(qk.q_BNTH, qk.k_BNTH, v_BNTH, if_defined(bias), 0.0, causal_alone,
                                                        scheme_.scale()));
}

/// With the weights in the open, for hook H6.
at::Tensor Attention::weighted(const QueryKey& qk, const at::Tensor& v_BNTH, const at::Tensor& bias, const LagTerms& lags,
                               std::int64_t layer) {
    at::Tensor logits = at::matmul(qk.q_BNTH, qk.k_BNTH.transpose(-2, -1)).to(at::kFloat).mul(scheme_.scale());
    if (bias.defined()) {
        logits = logits + bias;
    }
    logits = logits.masked_fill(hidden_BTT(layer, v_BNTH.device()).unsqueeze(1), minus_infinity);
    const at::Tensor weights = at::softmax(logits, -1).to(v_BNTH.scalar_type());
    const at::Tensor out_BNTH = scheme_.weigh(weights, v_BNTH, layer);
    return merge_heads(lags.values_NRH.defined() ? out_BNTH + read_lags(weights, lags.values_NRH, scheme_.placement()) : out_BNTH);
}

at::Tensor explicit_logits(const PositionScheme& scheme, const at::Tensor& x_BTD, const QueryKey& qk, std::int64_t layer) {
    const at::Tensor content =
        with_lag_products(scheme.content_bias(x_BTD, qk, layer), scheme.lag_terms(qk, layer), qk, scheme);
    at::Tensor logits;
    if (!scheme.replaces_logits()) {
        logits = at::matmul(qk.q_BNTH, qk.k_BNTH.transpose(-2, -1)).mul(scheme.scale());
        if (const at::Tensor temperature = scheme.temperature(layer); temperature.defined()) {
            logits = logits.mul(temperature);
        }
    }
    const auto add = [&](const at::Tensor& bias) { logits = logits.defined() ? logits + bias : bias; };
    if (content.defined()) {
        add(content);
    }
    if (const StaticBias fixed = scheme.static_bias(layer); fixed.by_lag_NT.defined()) {
        const std::int64_t length = fixed.by_lag_NT.size(1);
        const at::Tensor index_T = at::arange(length, fixed.by_lag_NT.options().dtype(at::kLong));
        const at::Tensor lag = index_T.unsqueeze(1).sub(index_T).clamp_min(0);
        add(at::index_select(fixed.by_lag_NT, 1, lag.flatten()).view({1, -1, length, length}));
    } else if (fixed.defined()) {
        add(fixed.by_pair_NTT.unsqueeze(0));
    } else if (const at::Tensor by_key = scheme.key_bias(x_BTD, layer); by_key.defined()) {
        add(by_key.unsqueeze(2) - by_key.unsqueeze(3));
    }
    return logits;
}

QueryKey append_key_bias(const QueryKey& qk, const at::Tensor& key_bias_BNT, double scale) {
    const at::ScalarType type = qk.q_BNTH.scalar_type();
    const std::int64_t batch = qk.q_BNTH.size(0), heads = qk.q_BNTH.size(1), length = qk.q_BNTH.size(2), width = qk.q_BNTH.size(3);
    const std::int64_t parts = type == at::kFloat ? 1 : 3, padded = (width + parts + 7) / 8 * 8;
    // Queries carry ones, so that no rounded 1/scale multiplies the bias; keys carry the bias over the scale in parts.
    at::Tensor left = key_bias_BNT.div(scale).expand({batch, heads, length});
    std::vector<at::Tensor> queries{qk.q_BNTH}, keys{qk.k_BNTH};
    queries.push_back(at::ones({batch, heads, length, parts}, qk.q_BNTH.options()));
    for (std::int64_t part = 0; part < parts; ++part) {
        keys.push_back(left.to(type).unsqueeze(-1));
        left = (left - left.to(type).to(at::kFloat)).detach();  // what rounding left over; the first part has the gradient
    }
    if (padded > width + parts) {
        const at::Tensor none = at::zeros({batch, heads, length, padded - width - parts}, qk.q_BNTH.options());
        queries.push_back(none);
        keys.push_back(none);
    }
    return {at::cat(queries, -1), at::cat(keys, -1)};
}

}  // namespace overtake
