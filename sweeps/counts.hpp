// Exact parameter and FLOP counts of a trial, each with its formula and source.
#pragma once

#include <cstdint>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// Parameters by what they are for. `total()` is every trained number.
struct ParameterCounts {
    std::int64_t backbone = 0;   // N: blocks and norms, without token embedding, untied output head and position
    std::int64_t embedding = 0;  // V*D, and V*D again for an untied output head
    std::int64_t position = 0;   // what the position scheme adds
    std::int64_t total() const { return backbone + embedding + position; }
    bool operator==(const ParameterCounts&) const = default;
};

ParameterCounts count_parameters(const ModelConfig& model, const PositionConfig& position, std::int64_t train_length);

/// FLOPs to train on one token (forward + backward = 3 forwards), a multiply-add counted as 2, causal attention counted
/// as the half that is used, the output head and the scheme's own cost included, the embedding look-up free.
/// Source: Kaplan et al. 2020, arXiv:2001.08361, table 1; Porian et al. 2024, arXiv:2406.19146, appendix on counting.
double training_flops_per_token(const ModelConfig& model, const PositionConfig& position, std::int64_t context_length);

/// FLOPs of one forward pass per token at a context length.
double forward_flops_per_token(const ModelConfig& model, const PositionConfig& position, std::int64_t context_length);

/// 6 N D with N = backbone parameters.
double six_nd(const ModelConfig& model, std::int64_t tokens);

}  // namespace overtake
