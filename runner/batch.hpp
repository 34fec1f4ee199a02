// The tokens of one shard of one step, on the device.
#pragma once

#include <cstdint>
#include <span>

#include <ATen/ATen.h>

#include "models/gpt.hpp"
#include "runner/data/token_source.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct Batch {
    at::Tensor tokens_BT, targets_BT;  // int64; targets are the tokens one position on
    at::Tensor starts_BT;              // int32 on the host, where a packed window's documents begin; else undefined
    Placement placement() const { return {tokens_BT.size(1), {}, starts_BT}; }
};

/// Reads batches as a function of (seed, step) alone: a shard is a run of consecutive sequences of the step's batch.
class BatchSource {
  public:
    /// Windows of `length` tokens, as many as make the trial's batch.
    BatchSource(const TokenSource& source, const TrialConfig& config, std::int64_t length, at::Device device);
    /// Shard `shard` of `config.training.shards`, of the step after `step` done ones. Throws IoError on bad data.
    Batch shard(std::int64_t step, std::int64_t shard);

  private:
    const TokenSource& source_;
    const TrialConfig& config_;
    std::int64_t length_, sequences_;
    at::Device device_;
    TrainWindows windows_;
    std::int64_t step_ = -1;
    std::vector<std::int64_t> step_windows_;  // of step_
};

/// starts_BT of windows of `length` inputs at these places of the whole sequence; undefined unless documents are packed.
at::Tensor packed_starts(const TokenSource& source, const DataConfig& data, std::span<const std::int64_t> places,
                         std::int64_t length);

/// Windows of `length + 1` tokens, one per row of `buffer_BT1`, as inputs and targets on the device.
Batch split_windows(const at::Tensor& buffer_BT1, at::Device device);

}  // namespace overtake
