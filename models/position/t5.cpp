// T5's bias: one trained number per head and lag bucket, shared by all layers, added to the logits unscaled.
//
// Initial values N(0, 1/D), as in Mesh TensorFlow, where the original was trained.
#include "models/position/t5.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

std::int64_t t5_bucket(std::int64_t lag, std::int64_t buckets, std::int64_t max_distance) {
    const std::int64_t exact = buckets / 2;
    if (lag < exact || max_distance <= exact) {
        return std::min(lag, buckets - 1);
    }
    const double share = std::log(static_cast<double>(lag) / static_cast<double>(exact)) /
                         std::log(static_cast<double>(max_distance) / static_cast<double>(exact));
    // A hair above the quotient, so that lags on a boundary, whose share is a whole number in exact arithmetic, don't fall below it.
    const auto beyond = static_cast<std::int64_t>(share * static_cast<double>(buckets - exact) + 1e-9);
    return std::min(exact + beyond, buckets - 1);
}

at::Tensor t5_buckets(const at::Tensor& lag, std::int64_t buckets, std::int64_t max_distance) {
    const at::Tensor lags = lag.to(at::kCPU, at::kLong).contiguous();
    at::Tensor bucket = at::empty(lags.sizes(), at::kLong);
    const auto* from = lags.const_data_ptr<std::int64_t>();
    auto* to = bucket.mutable_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < lags.numel(); ++i) {
        to[i] = t5_bucket(from[i], buckets, max_distance);
    }
    return bucket;
}

namespace {

class T5 final : public LagBiasScheme {
  public:
    T5(const SchemeInfo& info, SchemeSetup given)
        : LagBiasScheme(info, std::move(given)),
          buckets_(integer_option(setup().options, "buckets")),
          max_distance_(integer_option(setup().options, "max_distance")) {
        table_NK_ = add_parameter("bias", {setup().model.heads, buckets_}, Distribution::normal, 0,
                                  1 / std::sqrt(static_cast<double>(setup().model.width)));
    }

    Inspection inspect() const override { return {{"buckets", t5_buckets(positions_in_window_T(), buckets_, max_distance_)}}; }

  protected:
    void prepare() override {
        plain_lags_ = !placement().sampled();
        LagBiasScheme::prepare();
        plain_lags_ = false;
    }

    at::Tensor bias_of(const at::Tensor& lag) const override {
        // A pass at plain positions asks for the lags 0 .. T - 1, which T tells: comparing tensors would wait for the device.
        if (!plain_lags_ || kept_length_ != lag.size(0)) {
            chosen_KS_ = at::one_hot(t5_buckets(lag, buckets_, max_distance_).flatten(), buckets_).t().to(real()).contiguous();
            kept_length_ = plain_lags_ ? lag.size(0) : 0;
        }
        std::vector<std::int64_t> shape = lag.sizes().vec();
        shape.insert(shape.begin(), setup().model.heads);
        return at::matmul(table_NK_, chosen_KS_).view(shape);
    }

  private:
    std::int64_t buckets_, max_distance_;
    at::Tensor table_NK_;
    bool plain_lags_ = false;
    mutable std::int64_t kept_length_ = 0;  // of the plain pass that chosen_KS_ belongs to; 0: of other lags
    mutable at::Tensor chosen_KS_;
};

}  // namespace

SchemePointer make_t5(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<T5>(info, std::move(setup)); }

}  // namespace overtake
