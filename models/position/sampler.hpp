// Positions that a sampler draws for a training step: randomised, SHAPE and CAPE.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// `length` ascending positions, fp64 on the host, for Placement::positions_T: a function of (seed, step) alone, so that all shards
/// and ranks of a step draw the same. Each step number is a random stream of its own.
/// - randomised: distinct whole numbers of [0, longest), all sets equally likely (Ruoss et al. 2023, arXiv:2305.16843, section 3).
/// - shape: p + k, k uniform in {0, .., offset} (Kiyono et al. 2021, arXiv:2109.05644, section 3).
/// - cape: (p + G + e_p) exp(s), G, e_p and s uniform within plus and minus global_shift, local_shift and ln(scale) (Likhomanenko et
///   al. 2021, arXiv:2106.03143, section 3); not centred, because a window has no natural middle.
at::Tensor sampled_positions(const SamplerConfig& sampler, std::int64_t length, std::int64_t seed, std::int64_t step);

}  // namespace overtake
