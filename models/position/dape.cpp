// DAPE: a small network across heads corrects a base bias by the logits that it meets (Zheng et al. 2024, arXiv:2405.14722, equation 4;
// version 2: arXiv:2410.04798, convolutions over keys).
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/position/alibi.hpp"
#include "models/position/dape_base.hpp"
#include "models/position/dape_on_cpu.hpp"
#include "models/position/lag_matrix.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

using torch::autograd::variable_list;

/// What the correction is made from, in one order.
enum Input { queries, keys, base, first_weight, first_bias, second_weight, second_bias };

/// The correction of queries begin..end to keys 0..end, [B, N, end - begin, end]. Kernels of one key: the network alone; of three: each
/// layer sees a key's neighbours.
struct Correction {
    std::int64_t taps = 1;
    at::Tensor starts_BT;  // of documents, on the device; undefined if the window is one

    at::Tensor rows(const variable_list& of, std::int64_t begin, std::int64_t end) const {
        const at::Tensor logits =
            at::matmul(of[queries].narrow(2, begin, end - begin), of[keys].narrow(2, 0, end).transpose(-2, -1));
        const at::Tensor bias = of[base].narrow(2, begin, end - begin).narrow(3, 0, end);
        const at::Tensor both = at::cat({logits, bias.expand_as(logits)}, 1);
        if (taps == 1) {
            const at::Tensor hidden = at::leaky_relu(layer(both, of[first_weight].squeeze(-1), of[first_bias]));
            return layer(hidden, of[second_weight].squeeze(-1), of[second_bias]);
        }
        // Keys -1 .. end + 1; hidden channels, keys 0 .. end, go one past the query, as they do in a longer window.
        const auto index = at::TensorOptions(at::kLong).device(both.device());
        const at::Tensor key = at::arange(-1, end + 2, index), query = at::arange(begin, end, index).unsqueeze(1);
        at::Tensor unseen = key.lt(0).logical_or(key.gt(query)), before;
        if (starts_BT.defined()) {
            before = key.lt(starts_BT.narrow(1, begin, end - begin).view({-1, 1, end - begin, 1}));
            unseen = unseen.logical_or(before);
        }
        at::Tensor hidden = at::leaky_relu(at::conv2d(at::constant_pad_nd(both, {1, 2}).masked_fill(unseen, 0),
                                                      of[first_weight].unsqueeze(2), of[first_bias]));
        if (before.defined()) {
            hidden = hidden.masked_fill(before.narrow(3, 1, end + 1), 0);
        }
        return at::conv2d(at::constant_pad_nd(hidden, {1, 0}), of[second_weight].unsqueeze(2), of[second_bias]);
    }

    /// weight_OI applied to the channels of x [B, I, rows, keys].
    static at::Tensor layer(const at::Tensor& x, const at::Tensor& weight_OI, const at::Tensor& bias_O) {
        return at::baddbmm(bias_O.view({1, -1, 1}), weight_OI.expand({x.size(0), -1, -1}), x.flatten(2))
            .view({x.size(0), weight_OI.size(0), x.size(2), x.size(3)});
    }
};

/// All rows, block by block; the backward pass forms each block again instead of keeping its hidden channels, W / N times the
/// logits' memory.
struct Corrected : torch::autograd::Function<Corrected> {
    static constexpr std::int64_t block = 32;  // queries at a time

    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& q_BNTH, const at::Tensor& k_BNTH,
                              const at::Tensor& base_BNTT, const at::Tensor& first_w, const at::Tensor& first_b,
                              const at::Tensor& second_w, const at::Tensor& second_b, const Correction& correction) {
        const variable_list of{q_BNTH, k_BNTH, base_BNTT, first_w, first_b, second_w, second_b};
        const std::int64_t length = q_BNTH.size(2);
        const at::Tensor corrections = at::zeros({q_BNTH.size(0), q_BNTH.size(1), length, length}, q_BNTH.options());
        for (std::int64_t begin = 0; begin < length; begin += block) {
            const std::int64_t end = std::min(begin + block, length);
            corrections.narrow(2, begin, end - begin).narrow(3, 0, end).copy_(correction.rows(of, begin, end));
        }
        context->save_for_backward({q_BNTH, k_BNTH, base_BNTT, first_w, first_b, second_w, second_b, correction.starts_BT});
        context->saved_data["taps"] = correction.taps;
        return corrections;
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Correction correction{.taps = context->saved_data["taps"].toInt(), .starts_BT = saved.back()};
        variable_list of;
        for (std::size_t i = 0; i + 1 < saved.size(); ++i) {
            of.push_back(saved[i].detach().requires_grad_(i != base || saved[i].requires_grad()));
        }
        {
            const at::AutoGradMode on(true);
            for (std::int64_t begin = 0, length = of[queries].size(2); begin < length; begin += block) {
                const std::int64_t end = std::min(begin + block, length);
                correction.rows(of, begin, end).backward(gradients[0].narrow(2, begin, end - begin).narrow(3, 0, end));
            }
        }
        variable_list d_inputs;
        for (const at::Tensor& input : of) {
            d_inputs.push_back(input.grad());
        }
        d_inputs.emplace_back();
        return d_inputs;
    }
};

/// Logit of query i and key k, for all heads at once: a + b + f([a; b]), a = q . k / sqrt(H), b the base bias of head n, f a network over
/// the 2 N channels of the pair: second leaky_relu(first [a; b] + first_bias) + second_bias, leaky slope 0.01. Version 2: both layers
/// are convolutions over keys k - 1, k, k + 1 that read zeros beyond the query and before the document.
///
///     position.first_weight   [L, W, 2 N, K]  K = 1 or 3 taps, columns: logits of the heads, then biases; U(-1, 1) / sqrt(2 N K)
///     position.first_bias     [L, W]          the same range
///     position.second_weight  [L, N, W, K]    U(-1, 1) / sqrt(W K)
///     position.second_bias    [L, N]          the same range
///
/// Base alibi has the paper's slopes. Base kerple-log: position.base_scale and .base_rate [L, N] are p, U(0, 2), and a, U(0, 1). Base
/// fire: position.fire_rate [L] is c, 0.1, .fire_threshold [L] m, 1, .fire_hidden_weight and .fire_hidden_bias [L, W], U(-1, 1),
/// .fire_output_weight [L, N, W] and .fire_output_bias [L, N], U(-1, 1) / sqrt(W). All per layer, as in the authors' code. FIRE divides by
/// the query's place in its document, so with that base more than lags counts. The authors' second convolution reads zeros past the
/// window's end, so its last query would differ in a longer window; here it reads what a longer window would hold.
class Dape final : public PositionScheme {
  public:
    Dape(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), kind_(string_option(setup().options, "base")) {
        const ModelConfig& model = setup().model;
        const std::int64_t hidden = integer_option(setup().options, "hidden"), channels = 2 * model.heads;
        taps_ = integer_option(setup().options, "version") == 2 ? 3 : 1;
        first_weight_ = uniform("first_weight", {model.layers, hidden, channels, taps_}, channels * taps_);
        first_bias_ = uniform("first_bias", {model.layers, hidden}, channels * taps_);
        second_weight_ = uniform("second_weight", {model.layers, model.heads, hidden, taps_}, hidden * taps_);
        second_bias_ = uniform("second_bias", {model.layers, model.heads}, hidden * taps_);
        if (kind_ == "alibi") {
            slopes_N_ = at::tensor(alibi_slopes(model.heads), at::kDouble).to(setup().device);
        } else if (kind_ == "kerple-log") {
            scale_LN_ = add_parameter("base_scale", {model.layers, model.heads}, Distribution::uniform, 0, 2);
            rate_LN_ = add_parameter("base_rate", {model.layers, model.heads}, Distribution::uniform, 0, 1);
        } else if (kind_ == "fire") {
            fire_ = {.rate = add_parameter("fire_rate", at::full({model.layers}, 0.1, at::kDouble)),
                     .threshold = add_parameter("fire_threshold", at::ones({model.layers})),
                     .hidden_weight_W = uniform("fire_hidden_weight", {model.layers, hidden}, 1),
                     .hidden_bias_W = uniform("fire_hidden_bias", {model.layers, hidden}, 1),
                     .output_weight_NW = uniform("fire_output_weight", {model.layers, model.heads, hidden}, hidden),
                     .output_bias_N = uniform("fire_output_bias", {model.layers, model.heads}, hidden)};
        }
    }

    at::Tensor content_bias(const at::Tensor&, const QueryKey& qk, std::int64_t layer) const override {
        const at::Tensor base_BNTT = kind_ == "alibi" ? alibi_1NTT_ : base_of(layer);
        if (taps_ == 1 && base_BNTT.is_cpu() && setup().real == at::kFloat) {
            return dape_bias(qk.q_BNTH.to(at::kFloat).mul(scale()), qk.k_BNTH.to(at::kFloat), base_BNTT,
                             first_weight_.select(0, layer).squeeze(-1), first_bias_.select(0, layer),
                             second_weight_.select(0, layer).squeeze(-1), second_bias_.select(0, layer));
        }
        return base_BNTT + Corrected::apply(qk.q_BNTH.to(setup().real).mul(scale()), qk.k_BNTH.to(setup().real), base_BNTT,
                                            first_weight_.select(0, layer), first_bias_.select(0, layer),
                                            second_weight_.select(0, layer), second_bias_.select(0, layer),
                                            Correction{.taps = taps_, .starts_BT = starts_BT_});
    }

  protected:
    void prepare() override {
        starts_BT_ = placement().packed() ? placement().starts_BT.to(setup().device, at::kInt, /*non_blocking=*/true) : at::Tensor();
        if (kind_ == "alibi") {
            alibi_1NTT_ = lags_TT().clamp_min(0).mul(slopes_N_.neg().view({-1, 1, 1})).to(real()).unsqueeze(0);
        }
    }

  private:
    at::Tensor uniform(const char* name, at::IntArrayRef shape, std::int64_t inputs) {
        const double bound = 1 / std::sqrt(static_cast<double>(inputs));
        return add_parameter(name, shape, Distribution::uniform, -bound, bound);
    }

    /// [1 or B, N, T, T].
    at::Tensor base_of(std::int64_t layer) const {
        const auto own = [&](const at::Tensor& of_layers) { return of_layers.select(0, layer); };
        if (kind_ == "fire") {
            return fire_bias(lags_TT().clamp_min(0), positions().view({-1, length()}),
                             {own(fire_.rate), own(fire_.threshold), own(fire_.hidden_weight_W), own(fire_.hidden_bias_W),
                              own(fire_.output_weight_NW), own(fire_.output_bias_N)});
        }
        const at::Tensor bias_NTT =
            placement().sampled() ? log_kernel(lags_TT().clamp_min(0), own(scale_LN_), own(rate_LN_)).to(real())
                                  : spread_lags(log_kernel(positions_in_window_T(), own(scale_LN_), own(rate_LN_)).to(real()));
        return bias_NTT.unsqueeze(0);
    }

    std::string kind_;
    std::int64_t taps_;
    at::Tensor first_weight_, first_bias_, second_weight_, second_bias_;
    at::Tensor scale_LN_, rate_LN_, slopes_N_, alibi_1NTT_, starts_BT_;
    FireWeights fire_;  // with a first dimension for layers
};

}  // namespace

SchemePointer make_dape(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Dape>(info, std::move(setup)); }

}  // namespace overtake
