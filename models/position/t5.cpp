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

namespace {

class T5 final : public PositionScheme {
  public:
    T5(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)),
          buckets_(integer_option(setup().options, "buckets")),
          max_distance_(integer_option(setup().options, "max_distance")) {
        table_NK_ = add_parameter("bias", {setup().model.heads, buckets_}, Distribution::normal, 0,
                                  1 / std::sqrt(static_cast<double>(setup().model.width)));
    }

    void prepare(std::int64_t context_length) override {
        if (!chosen_KT_.defined() || chosen_KT_.size(1) != context_length) {
            const at::Tensor chosen = at::zeros({buckets_, context_length});
            auto cells = chosen.accessor<float, 2>();
            for (std::int64_t lag = 0; lag < context_length; ++lag) {
                cells[t5_bucket(lag, buckets_, max_distance_)][lag] = 1;
            }
            chosen_KT_ = chosen.to(setup().device);
        }
        bias_NT_ = at::matmul(table_NK_, chosen_KT_);
    }

    StaticBias static_bias(std::int64_t) const override { return {.by_lag_NT = bias_NT_, .by_pair_NTT = {}}; }

  private:
    std::int64_t buckets_, max_distance_;
    at::Tensor table_NK_, chosen_KT_, bias_NT_;
};

}  // namespace

SchemePointer make_t5(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<T5>(info, std::move(setup)); }

}  // namespace overtake
