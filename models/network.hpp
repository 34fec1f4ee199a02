// The network's weights and scheme, as its whole-window and its block-wise forward passes see them.
#pragma once

#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/position/position_scheme.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct BlockWeights {
    at::Tensor attention_norm, query_key_value, query_norm, key_norm, attention_output;
    at::Tensor mlp_norm, mlp_input, mlp_output;
};

struct Network {
    ModelConfig model;
    at::ScalarType compute = at::kFloat;  // precision of products
    at::Tensor embedding, final_norm, head;
    std::vector<BlockWeights> blocks;
    std::unique_ptr<PositionScheme> scheme;
};

}  // namespace overtake
