// Sinusoidal absolute positions, added to the input at the scale of the token embedding.
//
// The paper multiplies embeddings of deviation D^(-1/2) by sqrt(D) before it adds sines of amplitude 1. Every scheme shares
// one token embedding here, so the sines are scaled by its initial deviation instead: the same ratio, and RMSNorm drops the rest.
#include "models/position/sinusoidal.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

at::Tensor sinusoidal_table(const at::Tensor& position, std::int64_t width, SinusoidalLayout layout, double base) {
    const at::Tensor pair = at::arange((width + 1) / 2, position.options());
    const double half = static_cast<double>(width) / 2;
    const double last = layout == SinusoidalLayout::halves_minus_one ? std::max(half - 1, 1.0) : half;
    const at::Tensor angle = position.unsqueeze(-1).mul(pair.mul(-std::log(base) / last).exp());
    if (layout != SinusoidalLayout::interleaved) {
        return at::cat({angle.sin(), angle.cos()}, -1);
    }
    return at::stack({angle.sin(), angle.cos()}, -1).flatten(-2).narrow(-1, 0, width);
}

namespace {

SinusoidalLayout layout_of(const Options& options) {
    const std::string layout = string_option(options, "layout");
    return layout == "interleaved" ? SinusoidalLayout::interleaved
           : layout == "halves"    ? SinusoidalLayout::halves
                                   : SinusoidalLayout::halves_minus_one;
}

class Sinusoidal final : public PositionScheme {
  public:
    using PositionScheme::PositionScheme;

    at::Tensor add_to_input(const at::Tensor& x_BTD) const override { return x_BTD + table_TD_; }

    Inspection inspect() const override { return {{"table", unscaled(positions())}}; }

  protected:
    void prepare() override {
        if (placement().sampled() || placement().packed()) {
            table_TD_ = table_of(positions());
        } else if (!table_TD_.defined() || table_TD_.dim() != 2 || table_TD_.size(0) != length() || kept_for_samples_) {
            table_TD_ = table_of(positions());
        }
        kept_for_samples_ = placement().sampled();
    }

  private:
    /// [..., D] for positions of any shape.
    at::Tensor table_of(const at::Tensor& position) const {
        return unscaled(position).mul(setup().embedding_deviation).to(real());
    }

    at::Tensor unscaled(const at::Tensor& position) const {
        return sinusoidal_table(position, setup().model.width, layout_of(setup().options), number_option(setup().options, "base"));
    }

    at::Tensor table_TD_;
    bool kept_for_samples_ = false;
};

}  // namespace

SchemePointer make_sinusoidal(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Sinusoidal>(info, std::move(setup));
}

}  // namespace overtake
