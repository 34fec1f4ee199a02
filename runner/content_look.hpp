// What attention meets in held-out text, layer by layer: biases that depend on content, over the lag; gates; and how much each pair is used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/gpt.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Held-out text to look at: int64 [B, T] on the device, and where documents begin (Placement::starts_BT) if they are packed.
struct LookedAt {
    at::Tensor tokens_BT, starts_BT;
};

/// A gate or pace that content sets.
struct GateLook {
    std::string name;
    at::Tensor quantile_NQ;  // of its values over the text, at the levels 0, 1/20, .., 1; fp64
    at::Tensor mean_NJ;      // of one that each rotated pair has; undefined for others
};

/// fp64 on the host.
struct LayerLook {
    // What the scheme adds to the logit of query i and key i - r, less what it adds at its own key, over i: undefined if the layer has
    // no bias that depends on content. Of a scheme that replaces logits: its logits less the products of queries and keys.
    at::Tensor mean_NT, deviation_NT;
    double explained = 1;  // share of its variance that the lag explains, mean over heads
    std::vector<GateLook> gates;
    at::Tensor use_NP;  // share of each pair of channels in the sum over pairs of (mean length in queries) (mean length in keys)
};

inline constexpr std::int64_t gate_levels = 21;

/// The windows stand at positions 0 .. T - 1. Every rank that calls gets the same. One window at a time: the memory of one pass of
/// attention in the open.
std::vector<LayerLook> look_at_content(Gpt& model, const ModelConfig& shape, const LookedAt& text);

}  // namespace overtake
