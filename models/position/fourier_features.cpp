// Learned Fourier features: a small network of cosines and sines at trained frequencies (Li et al. 2021, arXiv:2106.02795).
//
// x_p += W_2 GELU(W_1 r + b_1) + b_2, r = [cos(p w) | sin(p w)] / sqrt(m), m features: section 3 for one dimension.
// Parameters: position.frequencies [m/2] in radians per position, normal with deviation 1/gamma; position.hidden.weight [W, m] (deviation
// 1) and .bias [W]; position.output.weight [D, W] (so that outputs begin with the deviation of the token embedding, at most) and .bias
// [D]; both biases begin at 0.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class FourierFeatures final : public PositionScheme {
  public:
    FourierFeatures(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const std::int64_t pairs = integer_option(setup().options, "features") / 2, hidden = integer_option(setup().options, "hidden"),
                           width = setup().model.width;
        frequencies_M_ = add_parameter("frequencies", {pairs}, Distribution::normal, 0, 1 / number_option(setup().options, "gamma"));
        hidden_weight_WM_ = add_parameter("hidden.weight", {hidden, 2 * pairs}, Distribution::normal, 0, 1);
        hidden_bias_W_ = add_parameter("hidden.bias", at::zeros({hidden}));
        output_weight_DW_ = add_parameter("output.weight", {width, hidden}, Distribution::normal, 0,
                                          setup().embedding_deviation / std::sqrt(static_cast<double>(hidden)));
        output_bias_D_ = add_parameter("output.bias", at::zeros({width}));
    }

    at::Tensor add_to_input(const at::Tensor& x_BTD) const override { return x_BTD + table_TD_; }

    Inspection inspect() const override { return {{"frequencies", frequencies_M_}, {"table", table_TD_}}; }

  protected:
    void prepare() override {
        const at::Tensor angle = positions().unsqueeze(-1).mul(frequencies_M_.to(at::kDouble));
        const at::Tensor wave = at::cat({angle.cos(), angle.sin()}, -1)
                                    .mul(1 / std::sqrt(static_cast<double>(hidden_weight_WM_.size(1))))
                                    .to(real());
        const at::Tensor hidden = at::gelu(at::linear(wave, hidden_weight_WM_, hidden_bias_W_));
        table_TD_ = at::linear(hidden, output_weight_DW_, output_bias_D_);
    }

  private:
    at::Tensor frequencies_M_, hidden_weight_WM_, hidden_bias_W_, output_weight_DW_, output_bias_D_;
    at::Tensor table_TD_;  // [T, D], or [B, T, D] where documents are packed
};

}  // namespace

SchemePointer make_fourier_features(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<FourierFeatures>(info, std::move(setup));
}

}  // namespace overtake
