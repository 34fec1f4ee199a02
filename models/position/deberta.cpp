// DeBERTa's disentangled attention: content meets the lag, from queries and from keys (He et al. 2020, arXiv:2006.03654, equation 4).
//
// e_ik = (q_i k_k + q_i Kr_b + k_k Qr_b) / sqrt(3 H), b the bucket of i - k, Kr = P W_k, Qr = P W_q. P serves all layers, W_k and W_q
// one layer each (share_att_key = False), without a norm of P, and without biases unless projection_bias = true. A causal model reads the half of P for the past:
// our row b is the original's row K + b (both of its index conventions meet there). The scale sqrt(3 H) is of all three terms.
// Parameters: position.table [K, D], the deviation of the token embedding; position.key_projection and position.query_projection
// [L, D, D] (pos_key_proj and pos_query_proj: outputs, head by head, x inputs); position.key_bias and position.query_bias [L, D], 0.
#include "models/position/deberta.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

std::int64_t deberta_bucket(std::int64_t lag, std::int64_t buckets, std::int64_t max_distance) {
    const std::int64_t half = buckets / 2;
    if (lag <= half || max_distance - 1 <= half) {
        return std::min(lag, buckets - 1);
    }
    const double share = std::log(static_cast<double>(lag) / static_cast<double>(half)) /
                         std::log(static_cast<double>(max_distance - 1) / static_cast<double>(half));
    // A hair below, so that a share that is whole in exact arithmetic isn't rounded up to the next bucket.
    return std::min(half + static_cast<std::int64_t>(std::ceil(share * static_cast<double>(half - 1) - 1e-9)), buckets - 1);
}

namespace {

class Deberta final : public PositionScheme {
  public:
    Deberta(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)),
          buckets_(integer_option(setup().options, "buckets")),
          max_distance_(integer_option(setup().options, "max_distance")) {
        const ModelConfig& model = setup().model;
        const double deviation = 1 / std::sqrt(static_cast<double>(model.width));
        table_KD_ = add_parameter("table", {buckets_, model.width}, Distribution::normal, 0, setup().embedding_deviation);
        key_LDD_ = add_parameter("key_projection", {model.layers, model.width, model.width}, Distribution::normal, 0, deviation);
        query_LDD_ = add_parameter("query_projection", {model.layers, model.width, model.width}, Distribution::normal, 0, deviation);
        if (flag_option(setup().options, "projection_bias")) {
            key_bias_LD_ = add_parameter("key_bias", at::zeros({model.layers, model.width}));
            query_bias_LD_ = add_parameter("query_bias", at::zeros({model.layers, model.width}));
        }
    }

    double scale() const override { return PositionScheme::scale() / std::sqrt(3.0); }

    LagTerms lag_terms(const QueryKey& qk, std::int64_t layer) const override {
        return {.q_BNTH = qk.q_BNTH,
                .keys_NRH = by_lag(key_LDD_, key_bias_LD_, layer),
                .queries_NRH = by_lag(query_LDD_, query_bias_LD_, layer),
                .values_NRH = {}};
    }

    Inspection inspect() const override {
        const at::Tensor lag = at::arange(lags(), bucket_R_.options()).clamp_max(bucket_R_.size(0) - 1);
        return {{"buckets", bucket_R_.index_select(0, lag)}, {"table", table_KD_}};
    }

  protected:
    void prepare() override {
        const std::int64_t rows = std::min(lags(), max_distance_ + 1);
        if (bucket_R_.defined() && bucket_R_.size(0) == rows) {
            return;
        }
        const at::Tensor bucket = at::empty({rows}, at::kLong);
        for (std::int64_t lag = 0; lag < rows; ++lag) {
            bucket.mutable_data_ptr<std::int64_t>()[lag] = deberta_bucket(lag, buckets_, max_distance_);
        }
        bucket_R_ = bucket.to(setup().device, at::kLong, /*non_blocking=*/true);
    }

  private:
    at::Tensor by_lag(const at::Tensor& projection_LDD, const at::Tensor& bias_LD, std::int64_t layer) const {
        const ModelConfig& model = setup().model;
        const at::Tensor projected_KD = at::matmul(table_KD_, projection_LDD[layer].t());
        return (bias_LD.defined() ? projected_KD + bias_LD[layer] : projected_KD)
            .index_select(0, bucket_R_)
            .view({-1, model.heads, model.head_width()})
            .transpose(0, 1);
    }

    std::int64_t buckets_, max_distance_;
    at::Tensor table_KD_, key_LDD_, query_LDD_, key_bias_LD_, query_bias_LD_;
    at::Tensor bucket_R_;  // of the lags 0 .. max_distance at most: all longer ones share the last
};

}  // namespace

SchemePointer make_deberta(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Deberta>(info, std::move(setup));
}

}  // namespace overtake
