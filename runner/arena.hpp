// Flat arenas: all weights, gradients and AdamW moments of a model, each in one tensor, with the parameters as views.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "models/gpt.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// Values that travel behind the gradients in the one reduction of a step, summed over shards and ranks.
namespace tail {
inline constexpr std::int64_t loss = 0;    // [nats per token], mean over the step's batch after the reduction
inline constexpr std::int64_t failed = 1;  // above 0: a rank could not compute its part
inline constexpr std::int64_t stop = 2;    // above 0: a rank was told to stop
inline constexpr std::int64_t length = 4;  // padded, so that arenas stay aligned
}  // namespace tail

/// Owns the memory of a model's parameters. Elements are fp32; parameters lie sorted by group (decayed, plain, position), in
/// the model's order within a group.
class Arena {
  public:
    /// Moves the parameters' values into one tensor and points each parameter and its grad at a view; moments start at zero.
    Arena(Gpt& model, at::Device device);

    std::int64_t size() const { return size_; }             // elements, without the tail
    at::Tensor weights, first_moment, second_moment;         // [size]
    at::Tensor gradients;                                    // [size + tail::length]
    at::Tensor gradient_values() const { return gradients.narrow(0, 0, size_); }
    at::Tensor gradient_tail() const { return gradients.narrow(0, size_, tail::length); }

    struct Range {
        std::int64_t begin = 0, end = 0;
    };
    Range range(ParameterGroup group) const { return ranges_[static_cast<std::size_t>(group)]; }

    /// Copies weights and moments out to, or in from, a checkpoint. `load` throws IoError if names or sizes differ.
    void save(StageState& state) const;
    void load(const StageState& state);

    /// Copies in the weights of a parent, parameter by parameter; moments stay as they are. Parameters named in `may_be_new` keep their
    /// initial values if the state lacks them. Throws IoError if another one is missing, or if names or sizes differ otherwise.
    void load_weights(const StageState& state, const std::vector<std::string>& may_be_new);

  private:
    std::int64_t size_ = 0;
    std::vector<std::string> names_;
    std::vector<std::int64_t> offsets_;  // names_.size() + 1
    Range ranges_[3];
};

}  // namespace overtake
