#include "models/position/dape_base.hpp"

#include <limits>

#include <ATen/ATen.h>

#include "models/position/hold_within.hpp"

namespace overtake {

at::Tensor log_kernel(const at::Tensor& lag, const at::Tensor& scale_N, const at::Tensor& rate_N) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(lag.dim()) + 1, 1);
    shape[0] = -1;
    const auto held = [&](const at::Tensor& value_N) {
        return hold_within(value_N.to(at::kDouble), 0.01, std::numeric_limits<double>::infinity()).view(shape);
    };
    return held(rate_N).mul(lag).log1p().mul(held(scale_N).neg());
}

at::Tensor fire_bias(const at::Tensor& lag_TT, const at::Tensor& position_BT, const FireWeights& weights) {
    const at::Tensor rate = weights.rate.to(at::kDouble), threshold = weights.threshold.to(at::kDouble).mul(512).abs();
    const at::Tensor whole = rate.mul(at::maximum(position_BT, threshold)).abs().log1p() + 1e-6;
    const at::Tensor share_BTT = rate.mul(lag_TT).abs().log1p() / whole.unsqueeze(-1);
    const at::Tensor hidden = at::leaky_relu(share_BTT.to(weights.hidden_weight_W.scalar_type()).unsqueeze(-1) * weights.hidden_weight_W +
                                             weights.hidden_bias_W);
    return at::linear(hidden, weights.output_weight_NW, weights.output_bias_N).permute({0, 3, 1, 2});
}

}  // namespace overtake
