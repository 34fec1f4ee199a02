// Selective RoPE: the angle of a token is the sum of what it and the tokens before it contribute (Movahedi et al. 2025,
// arXiv:2511.17388): pairs rotate by sum over l <= p of omega(x_l).
//
// Here omega_j(x) = theta_j (1 + w_j . x), theta RoPE's grid and w trained per head and layer. The authors' module normalises x,
// projects it by low rank, convolves it over four tokens and may gate it; here, without those, a content-free model is RoPE. Sums are formed in fp64. Under a sampler a token contributes in proportion to its distance from the last.
#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

constexpr double deviation = 0.02;

class SelectiveRope final : public PositionScheme {
  public:
    SelectiveRope(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        projection_LPD_ = add_parameter("projection", {model.layers, model.heads * model.head_width() / 2, model.width},
                                        Distribution::normal, 0, deviation);
        const std::vector<double> theta = rope_frequencies(model.head_width(), number_option(setup().options, "base"));
        theta_J_ = at::tensor(theta, at::kDouble).to(setup().device);
    }

    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override {
        const at::Tensor angle_BNTJ = pace(x_BTD, layer).mul(theta_J_).mul(step_T11_).cumsum(1).transpose(1, 2);
        const at::Tensor cosine = angle_BNTJ.cos().to(setup().real), sine = angle_BNTJ.sin().to(setup().real);
        return {rotate_pairs(qk.q_BNTH, cosine, sine), rotate_pairs(qk.k_BNTH, cosine, sine)};
    }

    std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        return {{"pace", pace(x_BTD, layer).transpose(1, 2)}};
    }

    Inspection inspect() const override { return {{"frequencies", theta_J_}}; }

  protected:
    void prepare() override {
        const at::Tensor position_T = positions_in_window_T();
        step_T11_ = at::cat({position_T.narrow(0, 0, 1), position_T.diff()}).view({-1, 1, 1});
    }

  private:
    /// What each token adds to its pairs' angles over theta, fp64 [B, T, N, J].
    at::Tensor pace(const at::Tensor& x_BTD, std::int64_t layer) const {
        const at::Tensor change_BTP = at::matmul(x_BTD.to(setup().real), projection_LPD_.select(0, layer).t());
        return change_BTP.to(at::kDouble).unflatten(-1, {setup().model.heads, -1}).add(1);
    }

    at::Tensor projection_LPD_, theta_J_, step_T11_;
};

}  // namespace

SchemePointer make_selective_rope(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<SelectiveRope>(info, std::move(setup));
}

}  // namespace overtake
