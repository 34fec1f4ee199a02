// The network: a decoder-only transformer that predicts the next token, on one device, with a position scheme plugged in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "sweeps/scored_positions.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// How AdamW treats a parameter: matrices decay; norms, embeddings don't; position parameters neither, with their own rate.
enum class ParameterGroup { decayed, plain, position };

/// A trained tensor. `value` is an fp32 leaf that requires grad; the runner rebinds it to a view of its arena.
struct Parameter {
    std::string name;       // stable, "blocks.0.attention.query_key_value"; part of the random stream of its initial value
    ParameterGroup group = ParameterGroup::decayed;
    at::Tensor value;
};

/// Where the tokens of a forward pass stand. Undefined tensors mean the plain case: positions 0 .. T - 1, one document.
struct Placement {
    std::int64_t length = 0;  // T
    at::Tensor positions_T;   // fp64 on the host, ascending: a sampler's draw, not necessarily whole numbers
    at::Tensor starts_BT;     // int32 on the host: index in the window where the token's document begins
    std::int64_t part_of = 0; // length of the window that this is a run of, at positions_T, its lags asked for apart; 0: whole
    bool sampled() const { return positions_T.defined(); }
    bool packed() const { return starts_BT.defined(); }
};

class PositionScheme;

/// What enters attention in one layer: its input, and what the scheme's `transform` made of queries and keys.
struct AttentionInputs {
    std::int64_t layer = 0;
    at::Tensor x_BTD, q_BNTH, k_BNTH;
};
using AttentionVisitor = std::function<void(const AttentionInputs&)>;

class Gpt {
  public:
    /// Initial values are drawn on the host, each parameter from its own stream (seed, name), so schemes of one seed share
    /// every weight that they share by name. Throws ConfigError if the scheme refuses the configuration.
    Gpt(const ModelConfig& model, const PositionConfig& position, std::int64_t train_length, std::int64_t seed,
        Precision precision, at::Device device);
    ~Gpt();
    Gpt(Gpt&&) noexcept;

    /// In a fixed order; the shared part first, position parameters last.
    std::vector<Parameter>& parameters();

    /// Cross-entropy of each target, loss_BT [nats], fp32, with grad. tokens_BT and targets_BT are int64 on the device.
    /// Throws ConfigError naming the limit if T is beyond what the scheme can do.
    /// `where` says where the tokens stand; its length may be left 0.
    at::Tensor loss(const at::Tensor& tokens_BT, const at::Tensor& targets_BT, const Placement& where = {}) const;

    /// Next-token logits_BTV, for tests and tools.
    at::Tensor logits(const at::Tensor& tokens_BT, const Placement& where = {}) const;

    /// Next-token logits_SV, fp32, of chosen rows b T + t of [B, T] alone; rows_S is int64 on the device.
    at::Tensor logits_at(const at::Tensor& tokens_BT, const at::Tensor& rows_S, const Placement& where = {}) const;

    /// Shows what enters each layer's attention in a pass of those tokens, in the order of layers, while the scheme stands at the pass.
    void visit_attention(const at::Tensor& tokens_BT, const Placement& where, const AttentionVisitor& visit) const;

    /// Loss of one long window in bounded memory: -ln p of tokens_T1[t + 1] after the tokens up to t, for the positions t of
    /// `scored` (ascending, apart), fp32 on the host, in their order [nats]. tokens_T1 is int64 on the host. Memory is the residual
    /// stream and one layer's keys and values, 3 T D numbers, whatever the number of layers; no T x T, no T x V tensor.
    /// The tokens stand at positions_T, as in Placement, or at 0 .. T - 1 if it is undefined. Throws ConfigError if the scheme has no
    /// form for a part of a window, or none at other positions. Not differentiable: call under NoGradGuard.
    at::Tensor blockwise_loss(const at::Tensor& tokens_T1, std::span<const PositionRange> scored, std::int64_t block = 256,
                              const at::Tensor& positions_T = {}) const;

    /// Extends the scheme from now on: RoPE's frequencies, or a table's rows (clamp, interpolate); replaces an extension before. Some options
    /// add parameters "position.extension.*", then last in `parameters()`. Throws ConfigError if the scheme can't be extended so.
    void extend(const ExtensionConfig& extension);

    /// For looking into what was trained, and for putting something else in its place.
    PositionScheme& scheme();

    /// Longest context that the scheme allows; the largest int64 if there is no limit.
    std::int64_t longest_context() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace overtake
