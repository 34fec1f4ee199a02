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

T5Buckets::T5Buckets(std::int64_t buckets, std::int64_t max_distance, at::Device device) {
    std::vector<std::int64_t> first;
    for (std::int64_t lag = 0; static_cast<std::int64_t>(first.size()) + 1 < buckets; ++lag) {
        first.resize(static_cast<std::size_t>(t5_bucket(lag, buckets, max_distance)), lag);
    }
    first_lag_B_ = at::tensor(first, at::kLong).to(device);
}

at::Tensor T5Buckets::of(const at::Tensor& lag) const {
    return at::bucketize(lag.to(at::kLong), first_lag_B_, /*out_int32=*/false, /*right=*/true);
}

namespace {

class T5 final : public LagBiasScheme {
  public:
    T5(const SchemeInfo& info, SchemeSetup given)
        : LagBiasScheme(info, std::move(given)),
          buckets_(integer_option(setup().options, "buckets"), integer_option(setup().options, "max_distance"), setup().device) {
        table_NK_ = add_parameter("bias", {setup().model.heads, buckets_.count()}, Distribution::normal, 0,
                                  1 / std::sqrt(static_cast<double>(setup().model.width)));
    }

    Inspection inspect() const override { return {{"buckets", buckets_.of(positions_in_window_T())}}; }

  protected:
    void prepare() override {
        plain_lags_ = !placement().sampled();
        LagBiasScheme::prepare();
        plain_lags_ = false;
    }

    at::Tensor bias_of(const at::Tensor& lag) const override {
        // A pass at plain positions asks for the lags 0 .. T - 1, which T tells: comparing tensors would wait for the device.
        if (!plain_lags_ || kept_length_ != lag.size(0)) {
            const at::Tensor bucket_K1 = at::arange(buckets_.count(), real().dtype(at::kLong)).unsqueeze(1);
            chosen_KS_ = buckets_.of(lag).flatten().eq(bucket_K1).to(setup().real);
            kept_length_ = plain_lags_ ? lag.size(0) : 0;
        }
        std::vector<std::int64_t> shape = lag.sizes().vec();
        shape.insert(shape.begin(), setup().model.heads);
        return at::matmul(table_NK_, chosen_KS_).view(shape);
    }

  private:
    T5Buckets buckets_;
    at::Tensor table_NK_;
    bool plain_lags_ = false;
    mutable std::int64_t kept_length_ = 0;  // of the plain pass that chosen_KS_ belongs to; 0: of other lags
    mutable at::Tensor chosen_KS_;
};

}  // namespace

SchemePointer make_t5(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<T5>(info, std::move(setup)); }

}  // namespace overtake
