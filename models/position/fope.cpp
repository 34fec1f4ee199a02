// FoPE, Fourier position embedding: each rotated pair turns by a weighted sum of waves instead of one (Hua et al. 2024,
// arXiv:2412.17739, section 4 and the authors' code).
//
// The waves are those of base^(-2j/w), w = max(d, fourier_width), that complete a turn within the positions of training. Pair m has the
// cosine sum_j a_jm cos(w_j p) / sum_j a_jm and a sine with weights b of its own, trained per head and layer; they start at one wave
// each (every ceil(waves / pairs)-th) plus noise of deviation gain sqrt(2 / (waves + pairs)). min(waves, d/4) pairs turn. The others stand
// still: the authors' code gives them cosine 1 and sine 1, which doubles their products; unit_sine = false gives the paper's sine 0. No
// exact rotation, so only nearly relative.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"
#include "sweeps/fope_shape.hpp"

namespace overtake {

namespace {

class Fope final : public PositionScheme {
  public:
    Fope(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const FopeShape shape = fope_shape(model, setup().options, setup().rows);
        std::vector<double> theta = rope_frequencies(shape.width, number_option(setup().options, "base"));
        theta.resize(static_cast<std::size_t>(shape.waves));
        theta_W_ = at::tensor(theta, at::kDouble).to(setup().device);
        const double deviation = number_option(setup().options, "gain") * std::sqrt(2.0 / static_cast<double>(shape.waves + shape.pairs));
        const at::Tensor start_WP = at::zeros({shape.waves, shape.pairs});
        const std::int64_t step = (shape.waves + shape.pairs - 1) / shape.pairs;
        for (std::int64_t pair = 0; pair < shape.pairs && pair * step < shape.waves; ++pair) {
            start_WP[pair * step][pair] = 1;
        }
        for (auto [name, weights] : {std::pair{"cosine", &cosine_LNWP_}, std::pair{"sine", &sine_LNWP_}}) {
            *weights = add_parameter(name, {model.layers, model.heads, shape.waves, shape.pairs}, Distribution::normal, 0, deviation);
            weights->detach().add_(start_WP.to(weights->options()));
        }
    }

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t layer) const override {
        const at::Tensor cosine = table(cosine_, cosine_LNWP_, layer, 1);
        const at::Tensor sine = table(sine_, sine_LNWP_, layer, flag_option(setup().options, "unit_sine") ? 1 : 0);
        return {rotate_pairs(qk.q_BNTH, cosine, sine), rotate_pairs(qk.k_BNTH, cosine, sine)};
    }

    Inspection inspect() const override { return {{"frequencies", theta_W_}}; }

  protected:
    void prepare() override {
        // No exact rotation: two documents of a window turn alike only if both count from their beginnings.
        const at::Tensor angle = positions().unsqueeze(-1).mul(theta_W_).unsqueeze(-3);
        cosine_ = angle.cos().to(setup().real);
        sine_ = angle.sin().to(setup().real);
    }

  private:
    /// [N, T, H/2], or [B, N, T, H/2] of packed windows: the weighted waves of the pairs that turn, then what the others have.
    at::Tensor table(const at::Tensor& wave, const at::Tensor& weights_LNWP, std::int64_t layer, double still) const {
        const at::Tensor weights_NWP = weights_LNWP.select(0, layer);
        const at::Tensor turning = at::matmul(wave, weights_NWP.div(weights_NWP.sum(-2, true)));
        const std::int64_t others = setup().model.head_width() / 2 - turning.size(-1);
        return at::constant_pad_nd(turning, {0, others}, still);
    }

    at::Tensor theta_W_, cosine_LNWP_, sine_LNWP_, cosine_, sine_;  // waves [1, T, W], or [B, 1, T, W]
};

}  // namespace

SchemePointer make_fope(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Fope>(info, std::move(setup)); }

}  // namespace overtake
