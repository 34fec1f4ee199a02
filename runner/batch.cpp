#include "runner/batch.hpp"

#include <span>

#include "runner/data/batch_sampler.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

Batch split_windows(const at::Tensor& buffer_BT1, at::Device device) {
    const std::int64_t length = buffer_BT1.size(1) - 1;
    const at::Tensor there = device.is_cpu() ? buffer_BT1 : buffer_BT1.pin_memory().to(device, /*non_blocking=*/true);
    return {there.narrow(1, 0, length).contiguous(), there.narrow(1, 1, length).contiguous(), {}};
}

at::Tensor packed_starts(const TokenSource& source, const DataConfig& data, std::span<const std::int64_t> places,
                         std::int64_t length) {
    if (data.documents == Documents::joined) {
        return {};
    }
    at::Tensor starts_BT = at::empty({std::ssize(places), length}, at::kInt);
    auto* row = starts_BT.mutable_data_ptr<std::int32_t>();
    for (const std::int64_t place : places) {
        source.read_starts(place, std::span(row, static_cast<std::size_t>(length)));
        row += length;
    }
    return starts_BT;
}

BatchSource::BatchSource(const TokenSource& source, const TrialConfig& config, std::int64_t length, at::Device device)
    : source_(source),
      config_(config),
      length_(length),
      sequences_(config.training.batch_tokens() / length),
      device_(device),
      windows_(source.train_windows(length)) {
    if (windows_.count() < 1) {
        throw UnfitData("cannot train on corpus '" + config.data.corpus + "' (it has no window of " + std::to_string(length + 1) +
                      " tokens); use more data, a smaller factor or a shorter train_length");
    }
}

Batch BatchSource::shard(std::int64_t step, std::int64_t shard) {
    if (step != step_) {
        step_windows_ = batch_windows(config_.seed, step, sequences_, windows_.count());
        step_ = step;
    }
    const std::int64_t rows = sequences_ / config_.training.shards;
    const at::Tensor buffer = at::empty({rows, length_ + 1}, at::kLong);
    auto* data = buffer.mutable_data_ptr<std::int64_t>();
    std::vector<std::int64_t> places;
    for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t window = step_windows_[static_cast<std::size_t>(shard * rows + row)];
        places.push_back(windows_.start(window));
        source_.read_train(places.back(), std::span(data + row * (length_ + 1), static_cast<std::size_t>(length_ + 1)));
    }
    Batch batch = split_windows(buffer, device_);
    batch.starts_BT = packed_starts(source_, config_.data, places, length_);
    return batch;
}

}  // namespace overtake
