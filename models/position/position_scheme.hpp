// The interface of a position scheme: six hooks where position can enter a transformer, all of which do nothing by default.
//
// Shapes: B batch, T context length, N heads, H head width, D model width; lag r = query - key >= 0.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/gpt.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct QueryKey {
    at::Tensor q_BNTH;
    at::Tensor k_BNTH;
};

/// Numbers added to the scaled logits of causal attention, fp32. At most one is defined; neither means no bias.
struct StaticBias {
    at::Tensor by_lag_NT;    // [N, T]: head n adds by_lag_NT[n, i - k] to query i and key k
    at::Tensor by_pair_NTT;  // [N, T, T]: head n adds by_pair_NTT[n, i, k]; cells with k > i are ignored
    bool defined() const { return by_lag_NT.defined() || by_pair_NTT.defined(); }
};

/// What a scheme is made from. Options are complete (every default filled in).
struct SchemeSetup {
    ModelConfig model;
    Options options;
    std::int64_t train_length = 0;
    std::int64_t seed = 0;
    double embedding_deviation = 0;  // standard deviation of the token embedding's initial values
    at::Device device = at::kCPU;
};

class PositionScheme {
  public:
    PositionScheme(const SchemeInfo& info, SchemeSetup setup);
    virtual ~PositionScheme() = default;

    const SchemeInfo& info() const { return info_; }
    SchemeKind kind() const { return info_.kind; }
    std::vector<Parameter>& parameters() { return parameters_; }

    /// Whether causal attention without any bias matrix is all that the scheme needs of the attention kernel.
    bool fused_attention() const { return info_.fused_attention; }

    /// Largest T that the scheme has an answer for; the largest int64 if there is no limit.
    std::int64_t longest_context() const;

    /// Called once at the start of every forward pass, before the hooks: the place to form what all layers share. Tensors made
    /// here may carry a gradient.
    virtual void prepare(std::int64_t context_length);

    /// H1: adds to the input of the first block, or returns it as it is. fp32.
    virtual at::Tensor add_to_input(const at::Tensor& x_BTD) const;

    /// H2: transforms queries and keys, after QK-norm, before their product. In the compute precision.
    virtual QueryKey transform(QueryKey qk, std::int64_t layer) const;

    /// H3: a bias that doesn't depend on content. The same tensor (not an equal one) for two layers is expanded only once.
    virtual StaticBias static_bias(std::int64_t layer) const;

    /// H4: a bias that depends on content, [B, N, T, T] fp32, undefined if there is none. x_BTD is the input of attention.
    virtual at::Tensor content_bias(const at::Tensor& x_BTD, const QueryKey& qk, std::int64_t layer) const;

    /// H5: factor of the logits that broadcasts to [B, N, T, 1], undefined if it is 1 everywhere.
    virtual at::Tensor temperature(std::int64_t layer) const;

    /// H6: whether `weigh` is overridden; if so attention forms its weights explicitly.
    virtual bool changes_weights() const { return false; }

    /// H6: output of attention from its weights and values: weights_BNTT times v_BNTH unless overridden.
    virtual at::Tensor weigh(const at::Tensor& weights_BNTT, const at::Tensor& v_BNTH, std::int64_t layer) const;

    /// Rescales RoPE's frequencies from now on. Throws ConfigError if the scheme is not of RoPE's form.
    virtual void extend(const ExtensionConfig& extension);

  protected:
    const SchemeSetup& setup() const { return setup_; }

    enum class Distribution { normal, uniform };
    /// Adds a trained tensor "position.<name>" of group position. normal: a is the mean, b the standard deviation; uniform:
    /// values in (a, b). Returns a handle that stays valid when the runner rebinds the value.
    at::Tensor add_parameter(const char* name, at::IntArrayRef shape, Distribution distribution, double a, double b);
    at::Tensor add_parameter(const char* name, const at::Tensor& initial);

  private:
    const SchemeInfo& info_;
    SchemeSetup setup_;
    std::vector<Parameter> parameters_;
};

/// The scheme of that name. Throws ConfigError if the table has none or it is an extension.
std::unique_ptr<PositionScheme> make_position_scheme(const PositionConfig& position, SchemeSetup setup);

}  // namespace overtake
