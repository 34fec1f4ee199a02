// TUPE: positions meet positions by projections of their own, untied from content (Ke et al. 2020, arXiv:2006.15595).
//
// e_ik = q_i k_k / sqrt(2 H) + (LN(P_i) U_q) (LN(P_k) U_k) / sqrt(2 H), plus T5's bias if asked for: section 3 without the [CLS]
// rows, one matrix for all layers. Projections have no biases, as in the paper; the authors' code has
// them, and so has projection_bias = true: position.query_bias and position.key_bias [D], 0.
// Parameters: position.table [T, D] (deviation of the token embedding; the norm takes the size away), position.norm.gain and .bias [D]
// (epsilon 1e-5), position.query_projection and position.key_projection [D, D] (outputs, head by head, x inputs; N(0, 1/(4 D))),
// position.bias [N, buckets] with relative_bias = true, N(0, 1/D).
#include <cmath>
#include <limits>
#include <optional>

#include <ATen/ATen.h>

#include "models/position/row_reach.hpp"
#include "models/position/schemes.hpp"
#include "models/position/t5.hpp"

namespace overtake {

namespace {

class Tupe final : public PositionScheme {
  public:
    Tupe(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)), reach_(setup().options) {
        const ModelConfig& model = setup().model;
        const double deviation = 1 / std::sqrt(static_cast<double>(model.width));
        table_TD_ = add_parameter("table", {setup().rows, model.width}, Distribution::normal, 0, setup().embedding_deviation);
        gain_D_ = add_parameter("norm.gain", at::ones({model.width}));
        bias_D_ = add_parameter("norm.bias", at::zeros({model.width}));
        query_DD_ = add_parameter("query_projection", {model.width, model.width}, Distribution::normal, 0, deviation / 2);
        key_DD_ = add_parameter("key_projection", {model.width, model.width}, Distribution::normal, 0, deviation / 2);
        if (flag_option(setup().options, "projection_bias")) {
            query_bias_D_ = add_parameter("query_bias", at::zeros({model.width}));
            key_bias_D_ = add_parameter("key_bias", at::zeros({model.width}));
        }
        if (flag_option(setup().options, "relative_bias")) {
            buckets_.emplace(integer_option(setup().options, "buckets"), integer_option(setup().options, "max_distance"), setup().device);
            bias_NK_ = add_parameter("bias", {model.heads, buckets_->count()}, Distribution::normal, 0, deviation);
        }
    }

    double scale() const override { return PositionScheme::scale() / std::sqrt(2.0); }

    StaticBias static_bias(std::int64_t) const override {
        return {.by_lag_NT = {}, .by_pair_NTT = bias_BNTT_.dim() == 3 ? bias_BNTT_ : at::Tensor()};
    }

    at::Tensor content_bias(const at::Tensor&, const QueryKey&, std::int64_t) const override {
        return bias_BNTT_.dim() == 4 ? bias_BNTT_ : at::Tensor();
    }

    void extend(const ExtensionConfig& extension) override {
        if (extension.method != "clamp" && extension.method != "interpolate") {
            PositionScheme::extend(extension);
        }
        reach_.extend(extension);
    }

    std::int64_t longest_context() const override {
        return reach_.extended() ? std::numeric_limits<std::int64_t>::max() : PositionScheme::longest_context();
    }

    Inspection inspect() const override { return {{"table", table_TD_}}; }

  protected:
    void prepare() override {
        const ModelConfig& model = setup().model;
        const at::Tensor rows = at::layer_norm(reach_.take(table_TD_, positions(), length()), {model.width}, gain_D_, bias_D_, 1e-5);
        const auto heads = [&](const at::Tensor& projection_DD, const at::Tensor& bias_D) {
            const at::Tensor projected = at::matmul(rows, projection_DD.t());
            return (bias_D.defined() ? projected + bias_D : projected).unflatten(-1, {model.heads, model.head_width()}).transpose(-3, -2);
        };
        bias_BNTT_ = at::matmul(heads(query_DD_, query_bias_D_), heads(key_DD_, key_bias_D_).transpose(-2, -1)).mul(scale());
        if (bias_NK_.defined()) {
            const at::Tensor bucket_TT = buckets_->of(lags_TT().clamp_min_(0));
            bias_BNTT_ = bias_BNTT_ + bias_NK_.index_select(1, bucket_TT.flatten()).view({-1, length(), length()});
        }
    }

  private:
    RowReach reach_;
    std::optional<T5Buckets> buckets_;  // of bias_NK_
    at::Tensor table_TD_, gain_D_, bias_D_, query_DD_, key_DD_, query_bias_D_, key_bias_D_, bias_NK_;
    at::Tensor bias_BNTT_;  // [N, T, T], or [B, N, T, T] where documents are packed
};

}  // namespace

SchemePointer make_tupe(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Tupe>(info, std::move(setup)); }

}  // namespace overtake
