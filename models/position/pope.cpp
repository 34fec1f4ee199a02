// PoPE, polar coordinates: content gives the length and position the angle of every channel (Gopalakrishnan et al. 2025, arXiv:2509.10534).
//
// Logit: sum over channels c of softplus(q_c) softplus(k_c) cos((k - i) theta_c + delta_c), theta_c = base^(-c/d), over sqrt(d). delta
// is trained per head and layer, held in [-2 pi, 0], and starts at 0 or, by option, uniformly. Queries and keys become twice as wide.
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/hold_within.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Pope final : public PositionScheme {
  public:
    Pope(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const double low = string_option(setup().options, "start") == "uniform" ? -2 * std::numbers::pi : 0;
        phases_LNH_ = low < 0 ? add_parameter("phases", {model.layers, model.heads, model.head_width()}, Distribution::uniform, low, 0)
                              : add_parameter("phases", at::zeros({model.layers, model.heads, model.head_width()}));
    }

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t layer) const override {
        const at::Tensor held_N1H = hold_within(phases_LNH_.select(0, layer), -2 * std::numbers::pi, 0).to(at::kDouble).unsqueeze(1);
        return {lifted(qk.q_BNTH, angle_TH_), lifted(qk.k_BNTH, angle_TH_ + held_N1H)};
    }

    Inspection inspect() const override { return {{"frequencies", theta()}}; }

  protected:
    void prepare() override { angle_TH_ = positions_in_window_T().unsqueeze(1).mul(theta()); }

  private:
    at::Tensor theta() const {
        const std::int64_t width = setup().model.head_width();
        const double rate = -std::log(number_option(setup().options, "base")) / static_cast<double>(width);
        return at::arange(width, at::TensorOptions(at::kDouble).device(setup().device)).mul(rate).exp();
    }

    at::Tensor lifted(const at::Tensor& x_BNTH, const at::Tensor& angle) const {
        const at::Tensor length_BNTH = at::softplus(x_BNTH.to(setup().real));
        const at::Tensor cosine = angle.cos().to(setup().real), sine = angle.sin().to(setup().real);
        return at::cat({length_BNTH.mul(cosine), length_BNTH.mul(sine)}, -1).to(x_BNTH.scalar_type());
    }

    at::Tensor phases_LNH_, angle_TH_;
};

}  // namespace

SchemePointer make_pope(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Pope>(info, std::move(setup)); }

}  // namespace overtake
