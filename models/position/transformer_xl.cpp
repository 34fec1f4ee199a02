// Transformer-XL's relative positions: trained projections of a sinusoid of the lag (Dai et al. 2019, arXiv:1901.02860, section 3.3).
//
// e_ik = ((q_i + u) k_k + (q_i + v) W_r R_{i-k}) / sqrt(H), R_r = [sin(r w_j) | cos(r w_j)], w_j = 10000^(-2j/D): the halves layout of
// the authors' code. u and v serve all layers (untie_r = False), W_r one layer. Lags beyond clamp_length count as clamp_length.
// Parameters: position.content_bias [N, H] is u (r_w_bias), position.position_bias [N, H] is v (r_r_bias), both N(0, 0.02^2);
// position.projection [L, D, D] is W_r (r_net's weight: outputs, head by head, x inputs).
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class TransformerXl final : public PositionScheme {
  public:
    TransformerXl(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), clamp_length_(integer_option(setup().options, "clamp_length")) {
        const ModelConfig& model = setup().model;
        u_NH_ = add_parameter("content_bias", {model.heads, model.head_width()}, Distribution::normal, 0, 0.02);
        v_NH_ = add_parameter("position_bias", {model.heads, model.head_width()}, Distribution::normal, 0, 0.02);
        projection_LDD_ = add_parameter("projection", {model.layers, model.width, model.width}, Distribution::normal, 0,
                                        1 / std::sqrt(static_cast<double>(model.width)));
    }

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t) const override {
        const at::ScalarType type = qk.q_BNTH.scalar_type();
        return {qk.q_BNTH.add(u_NH_.unsqueeze(1)).to(type), qk.k_BNTH};
    }

    LagTerms lag_terms(const QueryKey& qk, std::int64_t layer) const override {
        const ModelConfig& model = setup().model;
        const at::Tensor keys_RD = at::matmul(sinusoid_RD_, projection_LDD_[layer].t());
        return {.q_BNTH = qk.q_BNTH.add(v_NH_.sub(u_NH_).unsqueeze(1)).to(qk.q_BNTH.scalar_type()),
                .keys_NRH = keys_RD.view({-1, model.heads, model.head_width()}).transpose(0, 1),
                .queries_NRH = {},
                .values_NRH = {}};
    }

    Inspection inspect() const override { return {{"table", sinusoid_RD_}}; }

  protected:
    void prepare() override {
        const std::int64_t rows = clamp_length_ > 0 ? std::min(lags(), clamp_length_ + 1) : lags();
        if (sinusoid_RD_.defined() && sinusoid_RD_.size(0) == rows) {
            return;
        }
        const std::int64_t width = setup().model.width;
        const at::TensorOptions fp64 = real().dtype(at::kDouble);
        const at::Tensor frequency = at::arange(0, width, 2, fp64).mul(-std::log(10000.0) / static_cast<double>(width)).exp();
        const at::Tensor angle = at::arange(rows, fp64).unsqueeze(1).mul(frequency);
        sinusoid_RD_ = at::cat({angle.sin(), angle.cos()}, 1).to(real());
    }

  private:
    std::int64_t clamp_length_;
    at::Tensor u_NH_, v_NH_, projection_LDD_;
    at::Tensor sinusoid_RD_;  // [lags, D], the last row for all longer lags
};

}  // namespace

SchemePointer make_transformer_xl(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<TransformerXl>(info, std::move(setup));
}

}  // namespace overtake
