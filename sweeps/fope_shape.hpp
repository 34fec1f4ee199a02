// How many waves FoPE has and how many pairs they turn: a matter of the head width and of what training sees.
#pragma once

#include <cstdint>

#include "sweeps/trial_config.hpp"

namespace overtake {

struct FopeShape {
    std::int64_t width = 0;  // the grid is base^(-2 j / width)
    std::int64_t waves = 0;  // its first frequencies, those of at least 2 pi / positions; at least one
    std::int64_t pairs = 0;  // of a head that turn: min(waves, head width / 4), at least one
};

/// Options are complete; `positions` is how many positions training meets. Hua et al. 2024, arXiv:2412.17739, authors' code.
FopeShape fope_shape(const ModelConfig& model, const Options& options, std::int64_t positions);

}  // namespace overtake
