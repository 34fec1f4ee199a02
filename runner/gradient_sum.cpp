#include "runner/gradient_sum.hpp"

#include <bit>
#include <span>

#include <ATen/core/grad_mode.h>

#include "runner/device.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

GradientSum::GradientSum(Arena& arena, const Team& team, std::int64_t local_shards, bool deterministic)
    : arena_(arena), team_(team), local_shards_(local_shards), deterministic_(deterministic) {
    expects(std::has_single_bit(static_cast<std::uint64_t>(local_shards)), "local shards are a power of two");
    for (std::int64_t width = 1; width < local_shards; width *= 2) {
        levels_.push_back(at::empty_like(arena.gradients));
    }
    if (team.width() > 1 && deterministic) {
        scratch_ = at::empty_like(arena.gradients);
    }
}

void GradientSum::begin_shard() {
    const at::NoGradGuard no_grad;
    arena_.gradients.zero_();
}

void GradientSum::add_shard() {
    const at::NoGradGuard no_grad;
    std::size_t level = 0;
    for (std::int64_t bits = next_; bits & 1; bits >>= 1) {
        arena_.gradients.add_(levels_[level++]);
    }
    next_ = (next_ + 1) % local_shards_;
    if (next_ != 0) {
        levels_[level].copy_(arena_.gradients);
    }
}

void GradientSum::reduce() {
    if (team_.width() == 1) {
        return;
    }
    const auto count = static_cast<std::size_t>(arena_.gradients.numel());
    float* data = arena_.gradients.mutable_data_ptr<float>();
    if (team_.device_group.size() > 1) {
        if (deterministic_) {
            all_reduce_tree(team_.device_group, data, scratch_.mutable_data_ptr<float>(), count, current_stream());
        } else {
            all_reduce_sum(team_.device_group, data, count, current_stream());
        }
    } else if (deterministic_) {
        all_reduce_tree(team_.group, {data, count}, {scratch_.mutable_data_ptr<float>(), count});
    } else {
        all_reduce_sum(team_.group, std::span<float>(data, count));
    }
}

}  // namespace overtake
