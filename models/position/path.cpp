// PaTH: the product of a query and a key passes through a reflection-like matrix of each token between (Yang et al. 2025,
// arXiv:2505.16381, section 3).
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/gates.hpp"
#include "models/position/path_products.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

/// Logit of query i and key k: s (q_i^T H_i .. H_(k+1) k_k + g), s = 1/sqrt(H), H_l = I - beta_l w_l w_l^T, per head. From the layer's
/// input x: beta = 2 sigmoid(x . beta_weight + beta_bias); w = n(silu(conv(up down x))), conv a causal convolution per channel over
/// three tokens, n the division of a head's channels by sqrt(sum of squares + 1e-6). Option forget_gate adds FoX's
/// g = sum over l = k+1..i of ln sigmoid(x_l . gate_weight + gate_bias), which the authors' code scales with the products.
///
///     position.down         [L, rank, D]  U(-1, 1) / sqrt(D)
///     position.up           [L, D, rank]  U(-1, 1) / sqrt(rank); rows head by head
///     position.convolution  [L, D, 3]     U(-1, 1) / sqrt(3); the last column weighs the token itself, the first the one two before
///     position.beta_weight  [L, N, D]     U(-1, 1) / sqrt(D)
///     position.beta_bias    [L, N]        0
///     position.gate_weight  [L, N, D]     N(0, 0.02^2); forget_gate only, and so
///     position.gate_bias    [L, N]        0
///
/// No position enters: contexts may be of any length, the convolution starts afresh in each document, samplers have no meaning.
class Path final : public PositionScheme {
  public:
    Path(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const std::int64_t rank = integer_option(setup().options, "rank");
        const auto uniform = [&](const char* name, std::vector<std::int64_t> shape, std::int64_t inputs) {
            const double bound = 1 / std::sqrt(static_cast<double>(inputs));
            return add_parameter(name, shape, Distribution::uniform, -bound, bound);
        };
        down_ = uniform("down", {model.layers, rank, model.width}, model.width);
        up_ = uniform("up", {model.layers, model.width, rank}, rank);
        convolution_ = uniform("convolution", {model.layers, model.width, taps}, taps);
        beta_weight_ = uniform("beta_weight", {model.layers, model.heads, model.width}, model.width);
        beta_bias_ = add_parameter("beta_bias", at::zeros({model.layers, model.heads}));
        if (flag_option(setup().options, "forget_gate")) {
            gate_weight_ = add_parameter("gate_weight", {model.layers, model.heads, model.width}, Distribution::normal, 0, 0.02);
            gate_bias_ = add_parameter("gate_bias", at::zeros({model.layers, model.heads}));
        }
    }

    bool replaces_logits() const override { return true; }

    at::Tensor content_bias(const at::Tensor& x_BTD, const QueryKey& qk, std::int64_t layer) const override {
        const at::Tensor beta_BNT = beta(x_BTD, layer);
        const at::Tensor w_BNTH = directions(x_BTD.to(setup().real), layer);
        const at::Tensor q_BNTH = qk.q_BNTH.to(setup().real).mul(scale()), k_BNTH = qk.k_BNTH.to(setup().real);
        const at::Tensor logits = path_products(q_BNTH, k_BNTH, w_BNTH, beta_BNT, chunk);
        if (!gate_weight_.defined()) {
            return logits;
        }
        const at::Tensor losses_BNT =
            at::log_sigmoid(gate_logits(x_BTD, gate_weight_.select(0, layer), gate_bias_.select(0, layer))).mul(-scale());
        const at::Tensor by_key = key_bias_of_losses(losses_BNT);
        return logits + (by_key.unsqueeze(2) - by_key.unsqueeze(3));
    }

    std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        std::vector<ContentGate> gates{{"beta", beta(x_BTD, layer)}};
        if (gate_weight_.defined()) {
            gates.push_back({"kept", gate_logits(x_BTD, gate_weight_.select(0, layer), gate_bias_.select(0, layer)).sigmoid()});
        }
        return gates;
    }

  protected:
    void prepare() override {
        refuse_sampler("its matrices are multiplied token by token");
        in_document_BT1_ = placement().packed() ? positions().unsqueeze(2) : at::Tensor();
    }

  private:
    static constexpr std::int64_t taps = 3, chunk = 64;

    at::Tensor beta(const at::Tensor& x_BTD, std::int64_t layer) const {
        return gate_logits(x_BTD, beta_weight_.select(0, layer), beta_bias_.select(0, layer)).sigmoid().mul(2);
    }

    at::Tensor directions(const at::Tensor& x_BTD, std::int64_t layer) const {
        const at::Tensor raw_BTD = at::linear(at::linear(x_BTD, down_.select(0, layer)), up_.select(0, layer));
        const at::Tensor weight_DK = convolution_.select(0, layer);
        at::Tensor mixed_BTD = raw_BTD * weight_DK.select(1, taps - 1);
        for (std::int64_t back = 1; back < std::min(taps, length()); ++back) {
            at::Tensor earlier = at::constant_pad_nd(raw_BTD.narrow(1, 0, length() - back), {0, 0, back, 0});
            if (in_document_BT1_.defined()) {
                earlier = earlier.masked_fill(in_document_BT1_.lt(back), 0);
            }
            mixed_BTD = mixed_BTD + earlier * weight_DK.select(1, taps - 1 - back);
        }
        const at::Tensor w_BNTH = at::silu(mixed_BTD).view({x_BTD.size(0), length(), setup().model.heads, -1}).transpose(1, 2);
        return w_BNTH * (w_BNTH.square().sum(-1, true) + 1e-6).rsqrt();
    }

    at::Tensor down_, up_, convolution_, beta_weight_, beta_bias_, gate_weight_, gate_bias_, in_document_BT1_;
};

}  // namespace

SchemePointer make_path(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Path>(info, std::move(setup)); }

}  // namespace overtake
