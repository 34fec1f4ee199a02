#include "runner/batch.hpp"

#include <span>

#include "runner/data/batch_sampler.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

Batch split_windows(const at::Tensor& buffer_BT1, at::Device device) {
    const std::int64_t length = buffer_BT1.size(1) - 1;
    const at::Tensor there = device.is_cpu() ? buffer_BT1 : buffer_BT1.pin_memory().to(device, /*non_blocking=*/true);
    return {there.narrow(1, 0, length).contiguous(), there.narrow(1, 1, length).contiguous()};
}

BatchSource::BatchSource(const TokenSource& source, const TrialConfig& config, std::int64_t length, at::Device device)
    : source_(source),
      config_(config),
      length_(length),
      sequences_(config.training.batch_tokens() / length),
      device_(device),
      windows_(source.train_windows(length)) {
    if (windows_ < 1) {
        throw IoError("cannot train on corpus '" + config.data.corpus + "' (it has no window of " + std::to_string(length + 1) +
                      " tokens); use more data, a smaller factor or a shorter train_length");
    }
}

Batch BatchSource::shard(std::int64_t step, std::int64_t shard) {
    if (step != step_) {
        step_windows_ = batch_windows(config_.seed, step, sequences_, windows_);
        step_ = step;
    }
    const std::int64_t rows = sequences_ / config_.training.shards;
    const at::Tensor buffer = at::empty({rows, length_ + 1}, at::kLong);
    auto* data = buffer.mutable_data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t window = step_windows_[static_cast<std::size_t>(shard * rows + row)];
        source_.read_train(source_.train_window_start(length_, window),
                           std::span(data + row * (length_ + 1), static_cast<std::size_t>(length_ + 1)));
    }
    return split_windows(buffer, device_);
}

}  // namespace overtake
