// CABLE: each token takes a bias of its own from all earlier keys (Veisi et al. 2025, arXiv:2503.08067).
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/gates.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

/// Logit of query i and key k: q . k / sqrt(H) - sum over l = k+1..i of softplus(w_n . x_l + b_n): FoX with f = sigmoid(-z).
///
///     position.weight  [L, N, D]  w of each layer and head, N(0, 0.02^2)
///     position.bias    [L, N]     b, 0
///
/// The authors' code leaves products unscaled (it divides by sqrt(C / n_embd) = 1); option scaled = false does the same. Lengths,
/// documents and samplers as in FoX.
class Cable final : public PositionScheme {
  public:
    Cable(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), scaled_(flag_option(setup().options, "scaled")) {
        const ModelConfig& model = setup().model;
        weight_LND_ = add_parameter("weight", {model.layers, model.heads, model.width}, Distribution::normal, 0, 0.02);
        bias_LN_ = add_parameter("bias", at::zeros({model.layers, model.heads}));
    }

    double scale() const override { return scaled_ ? PositionScheme::scale() : 1; }

    at::Tensor key_bias(const at::Tensor& x_BTD, std::int64_t layer) const override {
        return key_bias_of_losses(at::softplus(gate_logits(x_BTD, weight_LND_.select(0, layer), bias_LN_.select(0, layer))));
    }

    std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        return {{"kept", gate_logits(x_BTD, weight_LND_.select(0, layer), bias_LN_.select(0, layer)).neg().sigmoid()}};
    }

  protected:
    void prepare() override { refuse_sampler("its biases are summed over the tokens of the window"); }

  private:
    bool scaled_;
    at::Tensor weight_LND_, bias_LN_;
};

}  // namespace

SchemePointer make_cable(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Cable>(info, std::move(setup));
}

}  // namespace overtake
