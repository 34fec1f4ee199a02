#include "runner/content_look.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

#include "models/lag_terms.hpp"
#include "models/position/position_scheme.hpp"

namespace overtake {

namespace {

constexpr std::int64_t most_queries = 64;  // of a window, whose gates by pair are kept

at::Tensor on_host(const at::Tensor& x) { return x.detach().to(at::kCPU, at::kDouble); }

/// The biases of one layer in one window of one sequence, a head at a time.
class PairBiases {
  public:
    PairBiases(const PositionScheme& scheme, const AttentionInputs& in) {
        const QueryKey qk{in.q_BNTH, in.k_BNTH};
        const auto add = [this](const at::Tensor& part_NTT) { content_NTT_ = content_NTT_.defined() ? content_NTT_ + part_NTT : part_NTT; };
        if (const at::Tensor content = scheme.content_bias(in.x_BTD, qk, in.layer); content.defined()) {
            add(on_host(content[0]));
        }
        if (const LagTerms lags = scheme.lag_terms(qk, in.layer); lags.keys_NRH.defined() || lags.queries_NRH.defined()) {
            add(on_host(lag_products(lags, in.k_BNTH, scheme.placement())[0]).mul(scheme.scale()));
        }
        if (scheme.replaces_logits()) {
            const at::Tensor q = on_host(in.q_BNTH[0]), k = on_host(in.k_BNTH[0]);
            add(at::matmul(q, k.transpose(-2, -1)).mul(-scheme.scale()));
        }
        const StaticBias fixed = scheme.static_bias(in.layer);
        if (fixed.by_pair_NTT.defined() && content_NTT_.defined()) {
            add(on_host(fixed.by_pair_NTT));
        } else if (fixed.by_lag_NT.defined()) {
            by_lag_NT_ = on_host(fixed.by_lag_NT);
        } else if (const at::Tensor by_key = fixed.defined() ? at::Tensor() : scheme.key_bias(in.x_BTD, in.layer); by_key.defined()) {
            by_key_NT_ = on_host(by_key[0]);
        }
    }

    bool depend_on_content() const { return content_NTT_.defined() || by_key_NT_.defined(); }

    /// [T, T]; lag_TT is 0 or more.
    at::Tensor of(std::int64_t head, const at::Tensor& lag_TT) const {
        at::Tensor bias = content_NTT_.defined() ? content_NTT_[head] : at::zeros(lag_TT.sizes(), at::kDouble);
        if (by_lag_NT_.defined()) {
            bias = bias + by_lag_NT_[head].index_select(0, lag_TT.flatten()).view(lag_TT.sizes());
        }
        return by_key_NT_.defined() ? bias + by_key_NT_[head].unsqueeze(0) : bias;
    }

  private:
    at::Tensor content_NTT_, by_lag_NT_, by_key_NT_;
};

/// Moments of numbers by lag.
class LagMoments {
  public:
    LagMoments(std::int64_t heads, std::int64_t length)
        : count_L_(at::zeros({length + 1}, at::kDouble)), sum_NL_(at::zeros({heads, length + 1}, at::kDouble)), squares_NL_(at::zeros_like(sum_NL_)) {}

    /// lag_TT: T where the query doesn't see the key.
    void count(const at::Tensor& lag_TT) { count_L_.scatter_add_(0, lag_TT.flatten(), at::ones({lag_TT.numel()}, at::kDouble)); }
    void add(std::int64_t head, const at::Tensor& lag_TT, const at::Tensor& value_TT) {
        const at::Tensor value = value_TT.flatten();
        sum_NL_[head].scatter_add_(0, lag_TT.flatten(), value);
        squares_NL_[head].scatter_add_(0, lag_TT.flatten(), value.square());
    }

    void describe(LayerLook& look) const {
        const std::int64_t length = count_L_.size(0) - 1;
        const at::Tensor count_T = count_L_.narrow(0, 0, length), met_T = count_T.clamp_min(1);
        const at::Tensor sum_NT = sum_NL_.narrow(1, 0, length), squares_NT = squares_NL_.narrow(1, 0, length);
        look.mean_NT = sum_NT.div(met_T);
        const at::Tensor within_NT = squares_NT.sub(sum_NT.mul(look.mean_NT)).clamp_min(0);
        look.deviation_NT = within_NT.div(met_T).sqrt();
        const at::Tensor all_N = squares_NT.sum(1) - sum_NT.sum(1).square() / count_T.sum(), rest_N = within_NT.sum(1);
        look.explained = at::where(all_N.gt(1e-12), 1 - rest_N / all_N.clamp_min(1e-12), at::ones_like(all_N)).mean().item<double>();
        for (std::int64_t lag = 1; lag < length; ++lag) {
            if (count_T[lag].item<double>() == 0) {  // no document is that long: as at the longest lag that was met
                look.mean_NT.select(1, lag).copy_(look.mean_NT.select(1, lag - 1));
            }
        }
    }

  private:
    at::Tensor count_L_, sum_NL_, squares_NL_;
};

/// Values of one gate, head by head.
struct GateValues {
    std::string name;
    std::vector<at::Tensor> values_NM;  // [N, some] each
    at::Tensor sum_NJ;
    std::int64_t tokens = 0;

    void add(const ContentGate& gate, const at::Tensor& seen_TT) {
        const at::Tensor value = on_host(gate.value[0]);
        if (gate.by_pair) {
            const std::int64_t step = (value.size(1) + most_queries - 1) / most_queries;
            const at::Tensor some_TT = seen_TT.slice(0, step - 1, {}, step);
            values_NM.push_back(value.slice(1, step - 1, {}, step).flatten(1).index_select(1, some_TT.flatten().nonzero().squeeze(1)));
            return;
        }
        values_NM.push_back(value.flatten(1));
        if (value.dim() == 3) {
            sum_NJ = sum_NJ.defined() ? sum_NJ + value.sum(1) : value.sum(1);
            tokens += value.size(1);
        }
    }

    GateLook described() const {
        const at::Tensor sorted_NM = std::get<0>(at::cat(values_NM, 1).sort(1));
        const at::Tensor place_Q = at::linspace(0, static_cast<double>(sorted_NM.size(1) - 1), gate_levels, at::kDouble).round().to(at::kLong);
        return {name, sorted_NM.index_select(1, place_Q), sum_NJ.defined() ? sum_NJ.div(static_cast<double>(tokens)) : at::Tensor()};
    }
};

/// Mean lengths of the pairs (j, j + W/2), [N, W/2].
at::Tensor pair_lengths(const at::Tensor& x_BNTH) {
    const at::Tensor x_NTH = on_host(x_BNTH[0]);
    const std::int64_t pairs = x_NTH.size(2) / 2;
    return x_NTH.narrow(2, 0, pairs).square().add(x_NTH.narrow(2, pairs, pairs).square()).sqrt().mean(1);
}

/// One layer under the glass.
struct Layer {
    LagMoments moments;
    std::vector<GateValues> gates;
    at::Tensor queries_NP, keys_NP;
    bool biased = false;

    void add(const PositionScheme& scheme, const AttentionInputs& in, const at::Tensor& plain_TT, const at::Tensor& seen_TT) {
        const std::int64_t heads = in.q_BNTH.size(1), length = in.x_BTD.size(1);
        if (const PairBiases biases(scheme, in); biases.depend_on_content()) {
            biased = true;
            const at::Tensor lag_TT = at::where(seen_TT, plain_TT, at::full_like(plain_TT, length));
            moments.count(lag_TT);
            for (std::int64_t head = 0; head < heads; ++head) {
                const at::Tensor bias_TT = biases.of(head, plain_TT);
                moments.add(head, lag_TT, bias_TT - bias_TT.diagonal().unsqueeze(1));
            }
        }
        const std::vector<ContentGate> found = scheme.content_gates(in.x_BTD, {in.q_BNTH, in.k_BNTH}, in.layer);
        gates.resize(found.size());
        for (std::size_t g = 0; g < found.size(); ++g) {
            gates[g].name = found[g].name;
            gates[g].add(found[g], seen_TT);
        }
        const at::Tensor queries = pair_lengths(in.q_BNTH), keys = pair_lengths(in.k_BNTH);
        queries_NP = queries_NP.defined() ? queries_NP + queries : queries;
        keys_NP = keys_NP.defined() ? keys_NP + keys : keys;
    }

    LayerLook described() const {
        LayerLook look;
        if (biased) {
            moments.describe(look);
        }
        for (const GateValues& gate : gates) {
            look.gates.push_back(gate.described());
        }
        const at::Tensor product_NP = queries_NP.mul(keys_NP);
        look.use_NP = product_NP.div(product_NP.sum(1, true).clamp_min(1e-300));
        return look;
    }
};

}  // namespace

std::vector<LayerLook> look_at_content(Gpt& model, const ModelConfig& shape, const LookedAt& text) {
    const std::int64_t windows = text.tokens_BT.size(0), length = text.tokens_BT.size(1);
    std::vector<Layer> layers;
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        layers.push_back({.moments = LagMoments(shape.heads, length), .gates = {}, .queries_NP = {}, .keys_NP = {}});
    }
    const at::Tensor index_T = at::arange(length), signed_TT = index_T.unsqueeze(1).sub(index_T), plain_TT = signed_TT.clamp_min(0);
    for (std::int64_t window = 0; window < windows; ++window) {
        Placement where;
        at::Tensor seen_TT = signed_TT.ge(0);
        if (text.starts_BT.defined()) {
            where.starts_BT = text.starts_BT.narrow(0, window, 1).contiguous();
            seen_TT = seen_TT.logical_and(index_T.unsqueeze(0).ge(where.starts_BT[0].unsqueeze(1)));
        }
        model.visit_attention(text.tokens_BT.narrow(0, window, 1), where, [&](const AttentionInputs& in) {
            layers[static_cast<std::size_t>(in.layer)].add(model.scheme(), in, plain_TT, seen_TT);
        });
    }
    std::vector<LayerLook> looks;
    for (const Layer& layer : layers) {
        looks.push_back(layer.described());
    }
    return looks;
}

}  // namespace overtake
