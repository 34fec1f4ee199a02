// FoX, the forgetting transformer: a gate per head and token lets earlier keys fade (Lin et al. 2025, arXiv:2503.02130, section 3).
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/gates.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

/// Logit of query i and key k: q . k / sqrt(H) + sum over l = k+1..i of ln sigmoid(w_n . x_l + b_n). The gates are added after
/// the scaling, as in the authors' code (PaTH's adds before it).
///
///     position.weight  [L, N, D]  w of each layer and head, N(0, 0.02^2)
///     position.bias    [L, N]     b, 0
///
/// gate = "constant" is the paper's data-independent gate, the same at every token: no weight, and b of head n begins at
/// -ln(e^(1/t_n) - 1), so that its gate takes 1 from the logit every t_n tokens, t log-spaced from decay_time_min to decay_time_max (0: the
/// train length).
///
/// Gates are counted along the window: no position enters, so contexts may be of any length, documents start afresh because
/// attention sees differences of sums alone, and a sampler's positions have no meaning.
class Fox final : public PositionScheme {
  public:
    Fox(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        if (string_option(setup().options, "gate") == "constant") {
            bias_LN_ = add_parameter("bias", constant_gates().expand({model.layers, model.heads}).contiguous());
            return;
        }
        weight_LND_ = add_parameter("weight", {model.layers, model.heads, model.width}, Distribution::normal, 0, 0.02);
        bias_LN_ = add_parameter("bias", at::zeros({model.layers, model.heads}));
    }

    at::Tensor key_bias(const at::Tensor& x_BTD, std::int64_t layer) const override {
        return key_bias_of_losses(at::log_sigmoid(open(x_BTD, layer)).neg());
    }

    std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        return {{"kept", open(x_BTD, layer).sigmoid()}};
    }

  protected:
    void prepare() override { refuse_sampler("its gates count the tokens of the window"); }

  private:
    /// Logits of the gates, [B or 1, N, T].
    at::Tensor open(const at::Tensor& x_BTD, std::int64_t layer) const {
        const at::Tensor bias_N = bias_LN_.select(0, layer);
        return weight_LND_.defined() ? gate_logits(x_BTD, weight_LND_.select(0, layer), bias_N)
                                     : bias_N.view({1, -1, 1}).expand({1, -1, length()});
    }

    at::Tensor constant_gates() const {
        const double longest = number_option(setup().options, "decay_time_max");
        const double to = longest > 0 ? longest : static_cast<double>(setup().train_length);
        const at::Tensor time_N =
            at::linspace(std::log(number_option(setup().options, "decay_time_min")), std::log(to), setup().model.heads, at::kDouble).exp();
        return time_N.reciprocal().expm1().log().neg();
    }

    at::Tensor weight_LND_, bias_LN_;
};

}  // namespace

SchemePointer make_fox(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Fox>(info, std::move(setup)); }

}  // namespace overtake
