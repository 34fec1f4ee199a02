// GRAPE-AP: the keys between a query and a key each take a share that the query decides (Zhang et al. 2025, arXiv:2512.07805, path
// biases).
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "models/position/alibi.hpp"
#include "models/position/schemes.hpp"
#include "models/position/sum_between.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// Logit of query i and key k: q . k / sqrt(H) + sum over l = k+1..i of m_n ln sigmoid(p_i . R_l n(p_l) / W), with p = P_n x of W
/// channels, n RMSNorm without gain (epsilon: the type's), m_n ALiBi's slopes.
///
///     position.projection  [L, N W, D]  P of each layer, head by head, N(0, (0.5 / sqrt(D))^2)
///
/// R_l turns the pairs (j, j + W/2) by -l radians, all alike (RoPE with base 1). As in the authors' code the query's side is neither
/// normalised nor turned, so the bias knows positions, not lags alone; here they restart at each document.
class GrapeAp final : public PositionScheme {
  public:
    GrapeAp(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), width_(integer_option(setup().options, "path_width")) {
        if (width_ % 2 != 0) {
            throw ConfigError({{"position.path_width", "path_width is " + std::to_string(width_) + " (its channels turn in pairs); give an even number"}});
        }
        const ModelConfig& model = setup().model;
        projection_LWD_ = add_parameter("projection", {model.layers, model.heads * width_, model.width}, Distribution::normal, 0,
                                        0.5 / std::sqrt(static_cast<double>(model.width)));
        slopes_N_ = at::tensor(alibi_slopes(model.heads), at::kDouble).to(setup().device);
    }

    at::Tensor content_bias(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        const at::Tensor logits_BNTT = logits(x_BTD, layer);
        return logits_BNTT.is_cpu() ? sum_between(logits_BNTT, slopes_N_) : sum_between_with_aten(logits_BNTT, slopes_N_);
    }

    std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        return {{"kept", logits(x_BTD, layer).sigmoid(), true}};
    }

    Inspection inspect() const override { return {{"slopes", slopes_N_}}; }

  protected:
    void prepare() override {
        const at::Tensor position = positions();  // [T] or [B, T]
        const at::Tensor angle = position.dim() == 2 ? position.view({-1, 1, length(), 1}) : position.view({length(), 1});
        cosine_ = angle.cos().to(real());
        sine_ = angle.sin().to(real());
    }

  private:
    /// Logits of the gates of each query and the tokens before it, [B, N, T, T].
    at::Tensor logits(const at::Tensor& x_BTD, std::int64_t layer) const {
        const std::int64_t batch = x_BTD.size(0), heads = setup().model.heads;
        const at::Tensor p_BNTW = at::linear(x_BTD.to(setup().real), projection_LWD_.select(0, layer))
                                      .view({batch, length(), heads, width_})
                                      .transpose(1, 2);
        const at::Tensor normed = p_BNTW * (p_BNTW.square().mean(-1, true) + epsilon()).rsqrt();
        const at::Tensor first = normed.narrow(-1, 0, width_ / 2), second = normed.narrow(-1, width_ / 2, width_ / 2);
        const at::Tensor turned = at::cat({first * cosine_ + second * sine_, second * cosine_ - first * sine_}, -1);
        return at::matmul(p_BNTW.mul(1 / static_cast<double>(width_)), turned.transpose(-2, -1));
    }

    double epsilon() const {
        return setup().real == at::kDouble ? std::numeric_limits<double>::epsilon()
                                           : static_cast<double>(std::numeric_limits<float>::epsilon());
    }

    std::int64_t width_;
    at::Tensor projection_LWD_, slopes_N_, cosine_, sine_;
};

}  // namespace

SchemePointer make_grape_ap(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<GrapeAp>(info, std::move(setup));
}

}  // namespace overtake
