// One AdamW step over the flat arenas: clipping folded in, gated on the device by what went wrong.
#pragma once

#include <ATen/ATen.h>

#include "runner/arena.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Decoupled weight decay on matrices only; position parameters have their own learning rate and no decay.
/// Source: Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2; clipping by global norm: Pascanu et al. 2013, algorithm 1.
class Optimizer {
  public:
    Optimizer(Arena& arena, const OptimizerConfig& config);

    /// Applies the gradients in the arena as step number `step` (1-based, for the bias correction). Nothing is applied if the
    /// norm is not finite or the tail's `failed` is above 0, and every later call too; no host synchronisation. Returns the norm before clipping,
    /// a scalar tensor on the device.
    at::Tensor apply(std::int64_t step, double learning_rate);

  private:
    Arena& arena_;
    OptimizerConfig config_;
    at::Tensor step_, skip_;
};

}  // namespace overtake
