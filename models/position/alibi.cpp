// ALiBi: each head takes its slope times the lag from the logits (Press et al. 2021, arXiv:2108.12409).
#include "models/position/alibi.hpp"

#include <bit>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

std::vector<double> alibi_slopes(std::int64_t heads) {
    const auto whole = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(heads)));
    std::vector<double> slopes;
    for (std::int64_t head = 1; head <= whole; ++head) {
        slopes.push_back(std::exp2(-8.0 * static_cast<double>(head) / static_cast<double>(whole)));
    }
    for (std::int64_t head = 1; std::ssize(slopes) < heads; head += 2) {
        slopes.push_back(std::exp2(-4.0 * static_cast<double>(head) / static_cast<double>(whole)));
    }
    return slopes;
}

namespace {

class Alibi final : public PositionScheme {
  public:
    using PositionScheme::PositionScheme;

    void prepare(std::int64_t context_length) override {
        if (bias_NT_.defined() && bias_NT_.size(1) == context_length) {
            return;
        }
        const std::vector<double> slopes = alibi_slopes(setup().model.heads);
        const at::Tensor slopes_N1 = at::tensor(slopes, at::kDouble).unsqueeze(1);
        bias_NT_ = slopes_N1.mul(at::arange(context_length, at::kDouble)).neg().to(at::kFloat).to(setup().device);
    }

    StaticBias static_bias(std::int64_t) const override { return {.by_lag_NT = bias_NT_, .by_pair_NTT = {}}; }

  private:
    at::Tensor bias_NT_;
};

}  // namespace

SchemePointer make_alibi(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Alibi>(info, std::move(setup));
}

}  // namespace overtake
