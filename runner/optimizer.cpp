#include "runner/optimizer.hpp"

#include <array>

#include <ATen/core/grad_mode.h>

namespace overtake {

Optimizer::Optimizer(Arena& arena, const OptimizerConfig& config) : arena_(arena), config_(config) {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(arena.weights.device());
    step_ = at::zeros({}, options);
    skip_ = at::zeros({1}, options);
}

at::Tensor Optimizer::apply(std::int64_t step, double learning_rate) {
    const at::NoGradGuard no_grad;
    const at::Tensor norm = at::linalg_vector_norm(arena_.gradient_values());
    skip_.copy_(skip_.gt(0).logical_or(norm.isfinite().logical_not()).logical_or(arena_.gradient_tail()[tail::failed].gt(0)));
    // The fused kernel divides gradients by this scale, which saves a pass over the arena.
    std::optional<at::Tensor> scale;
    if (config_.clip_norm > 0) {
        scale = norm.add(1e-6).div(config_.clip_norm).clamp_min(1);
    }
    step_.fill_(static_cast<double>(step));

    constexpr std::array groups{ParameterGroup::decayed, ParameterGroup::plain, ParameterGroup::position};
    for (const ParameterGroup group : groups) {
        const Arena::Range range = arena_.range(group);
        if (range.begin == range.end) {
            continue;
        }
        const auto part = [&](const at::Tensor& whole) {
            return std::vector<at::Tensor>{whole.narrow(0, range.begin, range.end - range.begin)};
        };
        const double rate = group == ParameterGroup::position
                                ? learning_rate * config_.position_learning_rate_multiplier
                                : learning_rate;
        const double decay = group == ParameterGroup::decayed ? config_.weight_decay : 0.0;
        const std::vector<at::Tensor> weights = part(arena_.weights), gradients = part(arena_.gradients),
                                      first = part(arena_.first_moment), second = part(arena_.second_moment);
        const std::vector<at::Tensor> steps{step_};
        at::_fused_adamw_(weights, gradients, first, second, {}, steps, rate, config_.beta1, config_.beta2, decay,
                          config_.epsilon, /*amsgrad=*/false, /*maximize=*/false, scale, skip_);
    }
    return norm;
}

}  // namespace overtake
