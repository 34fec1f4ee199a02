// Whole training steps of one configuration on random tokens, for benchmarks.
#pragma once

#include <string>
#include <vector>

#include "runner/arena.hpp"
#include "runner/optimizer.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// "a,b" as the two.
std::vector<std::string> comma_fields(const std::string& text);

/// layers, width, heads: the first three fields. Throws a std::exception if there are none such.
ModelConfig shape_of_fields(const std::vector<std::string>& fields);

/// A trial to time: everything that isn't given has its default. Throws ConfigError under the name `where` for what a trial can't be.
TrialConfig timed_trial(const ModelConfig& shape, const std::string& scheme, std::int64_t length, std::int64_t batch,
                        const std::string& precision, const std::string& device, const std::string& where);

class TimedSteps {
  public:
    explicit TimedSteps(const TrialConfig& config);

    /// One step: forward, backward, clipping, AdamW. Wall seconds.
    double run();

    at::Device device() const { return device_; }

  private:
    at::Device device_;
    Gpt model_;
    Arena arena_;
    Optimizer optimizer_;
    at::Tensor tokens_BT_, targets_BT_;
    std::int64_t step_ = 0;
};

}  // namespace overtake
