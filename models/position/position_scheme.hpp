// The interface of a position scheme: six hooks where position can enter a transformer, all of which do nothing by default.
//
// Shapes: B batch, T context length, N heads, H head width, D model width; lag r = query - key >= 0.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
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

/// Trained vectors of the lag: row r of each table belongs to lag r, the last row to all longer lags. [N, R, H], or [1, R, H]
/// for one set for all heads, in type `real`. All products are scaled by the scheme's scale(). Undefined: no such term.
struct LagTerms {
    at::Tensor q_BNTH;        // what meets `keys`: the queries themselves unless the scheme says otherwise
    at::Tensor keys_NRH;      // query i adds q[i] . keys[i - k] to the logit of key k
    at::Tensor queries_NRH;   // key k adds k[k] . queries[i - k] to its logit with query i
    at::Tensor values_NRH;    // query i reads values[i - k] beside v[k], unscaled
    bool defined() const { return keys_NRH.defined() || queries_NRH.defined() || values_NRH.defined(); }
};

/// What content decides in one layer, for looking at what was learned.
struct ContentGate {
    std::string name;
    at::Tensor value;      // [B, N, T, ...], of each head and token
    bool by_pair = false;  // [B, N, T, T], of each query and key; cells with k > i mean nothing
};

/// What attention is given in the place of parts of a scheme, layer by layer, to see what they are worth. fp32 on the device.
struct StandIn {
    std::vector<at::Tensor> by_lag_NT;        // for all biases, those of content too, and logits that a scheme replaced; empty: its own
    std::vector<at::Tensor> temperature_N11;  // empty: its own
};

/// What a scheme is made from. Options are complete (every default filled in).
struct SchemeSetup {
    ModelConfig model;
    Options options;
    std::int64_t train_length = 0;
    std::int64_t rows = 0;             // of a table: one more than the greatest position that training may meet
    std::int64_t longest_context = 0;  // that has an answer, before `extend`
    std::int64_t seed = 0;
    double embedding_deviation = 0;  // standard deviation of the token embedding's initial values
    at::Device device = at::kCPU;
    at::ScalarType real = at::kFloat;  // of parameters and tables; fp64 for inspection only
};

class PositionScheme {
  public:
    PositionScheme(const SchemeInfo& info, SchemeSetup setup);
    virtual ~PositionScheme() = default;

    const SchemeInfo& info() const { return info_; }
    SchemeKind kind() const { return info_.kind; }
    const Options& options() const { return setup_.options; }  // complete
    std::vector<Parameter>& parameters() { return parameters_; }

    /// Whether causal attention without any bias matrix is all that the scheme needs of the attention kernel.
    bool fused_attention() const { return info_.fused_attention; }

    /// Largest T that the scheme has an answer for; the largest int64 if there is no limit.
    virtual std::int64_t longest_context() const;

    /// Begins a forward pass: keeps the placement and calls `prepare`. Throws ConfigError if the scheme can't stand there.
    void begin(Placement placement);

    /// H1: adds to the input of the first block, or returns it as it is. fp32.
    virtual at::Tensor add_to_input(const at::Tensor& x_BTD) const;

    /// H1 in every block: adds to the input of attention's projections, or returns it as it is. In the compute precision.
    virtual at::Tensor add_to_attention_input(const at::Tensor& x_RD, std::int64_t layer) const;

    /// H2: transforms queries and keys, after QK-norm, before their product; may change their width, never that of values. In
    /// the compute precision. x_BTD is the input of attention, for transforms that depend on content.
    virtual QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const;

    /// Factor of the products of queries and keys; 1/sqrt(H) unless overridden.
    virtual double scale() const;

    /// First key that query i sees, 0 <= answer <= i: sliding windows and chunks. 0 unless overridden.
    virtual std::int64_t first_key(std::int64_t query, std::int64_t layer) const;

    /// H3: a bias that doesn't depend on content. The same tensor (not an equal one) for two layers is expanded only once.
    virtual StaticBias static_bias(std::int64_t layer) const;

    /// H3 for one long window that is never placed as a whole: bias of the lags 0 .. length - 1, [N, length] in type `real`;
    /// undefined if the scheme has none by lag.
    virtual at::Tensor lag_bias(std::int64_t length, std::int64_t layer) const;

    /// H3 or H4 in separable form, [B or 1, N, T] fp32, undefined if there is none: query i adds c[k] - c[i] to the logit of
    /// key k. Softmax ignores c[i], so attention needs no matrix. A scheme that offers both this and a bias by lag means the
    /// same bias twice; attention takes the form that suits the device.
    virtual at::Tensor key_bias(const at::Tensor& x_BTD, std::int64_t layer) const;

    /// H4: a bias that depends on content, [B, N, T, T] fp32, undefined if there is none. Cells with k > i are ignored, but must
    /// be finite. qk is what `transform` made, x_BTD the input of attention.
    virtual at::Tensor content_bias(const at::Tensor& x_BTD, const QueryKey& qk, std::int64_t layer) const;

    /// H4 and H6 by trained vectors of the lag: attention multiplies them, so that no scheme handles T x T matrices.
    virtual LagTerms lag_terms(const QueryKey& qk, std::int64_t layer) const;

    /// Whether the content bias is the whole logit, and the products of queries and keys are left out.
    virtual bool replaces_logits() const { return false; }

    /// H5: factor of the products (not of biases) that broadcasts to [B, N, T, 1], undefined if it is 1 everywhere.
    virtual at::Tensor temperature(std::int64_t layer) const;

    /// H6: whether `weigh` is overridden; if so attention forms its weights explicitly.
    virtual bool changes_weights() const { return false; }

    /// H6: output of attention from its weights and values: weights_BNTT times v_BNTH unless overridden.
    virtual at::Tensor weigh(const at::Tensor& weights_BNTT, const at::Tensor& v_BNTH, std::int64_t layer) const;

    /// Gates, counts or paces that content sets in one layer, arguments as for `content_bias`; none unless overridden.
    virtual std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey& qk, std::int64_t layer) const;

    /// Passes of whole windows at plain positions, as long as the biases are, use it from now on; an empty one ends that.
    void hold(StandIn stand_in) { held_ = std::move(stand_in); }
    at::Tensor held_bias(std::int64_t layer) const;         // [N, T]; undefined if none is held
    at::Tensor held_temperature(std::int64_t layer) const;  // [N, 1, 1]; likewise

    /// What the scheme is made of once a pass has begun, for `overtake inspect position`, in type `real`. Names: `frequencies`
    /// [..., pairs] (radians per position, after scaling), `temperature` (factor of the cosine and sine tables, a scalar),
    /// `slopes` [N], `table` [T, D], `buckets` [T] by lag; others may be added.
    using Inspection = std::map<std::string, at::Tensor>;
    virtual Inspection inspect() const { return {}; }

    /// Changes the scheme for contexts longer than the train length from now on, in place of any extension before. May add
    /// parameters "position.extension.*" behind all others. Throws ConfigError if it can't be extended so.
    virtual void extend(const ExtensionConfig& extension);

    const Placement& placement() const { return placement_; }

  protected:
    const SchemeSetup& setup() const { return setup_; }
    std::int64_t length() const { return placement_.length; }

    /// The place to form what all layers share, once per forward pass. Tensors made here may carry a gradient.
    virtual void prepare();

    /// For `prepare` of schemes that positions don't enter: throws ConfigError with the reason if a sampler spread them.
    void refuse_sampler(const char* reason) const;

    /// Type and device of tables and biases.
    at::TensorOptions real() const;

    /// Position of each token, fp64 on the device: [T], or [B, T] counted from the start of each document.
    at::Tensor positions() const;

    /// Positions whose differences are the lags, fp64 [T] on the device: documents don't change lags, samplers do.
    at::Tensor positions_in_window_T() const;

    /// One more than the greatest whole lag between two tokens: rows of a table that answers all of them.
    std::int64_t lags() const;

    /// Position of query less position of key, fp64 [T, T] on the device, negative above the diagonal.
    at::Tensor lags_TT() const;

    enum class Distribution { normal, uniform };
    /// Adds a trained tensor "position.<name>" of group position. normal: a is the mean, b the standard deviation; uniform:
    /// values in (a, b). Returns a handle that stays valid when the runner rebinds the value.
    at::Tensor add_parameter(const char* name, at::IntArrayRef shape, Distribution distribution, double a, double b);
    at::Tensor add_parameter(const char* name, const at::Tensor& initial);
    /// Forgets the parameters whose name begins with "position.<prefix>".
    void drop_parameters(const std::string& prefix);

  private:
    const SchemeInfo& info_;
    SchemeSetup setup_;
    Placement placement_;
    std::vector<Parameter> parameters_;
    StandIn held_;
};

/// A scheme whose bias is a function of the lag: attention gets it by lag, or by pair where a sampler spread the positions.
class LagBiasScheme : public PositionScheme {
  public:
    using PositionScheme::PositionScheme;
    StaticBias static_bias(std::int64_t layer) const override;
    at::Tensor lag_bias(std::int64_t length, std::int64_t layer) const override;

  protected:
    /// Bias of each lag of a tensor of any shape S (fp64, >= 0, fractional under some samplers), [N, S] in type `real`.
    virtual at::Tensor bias_of(const at::Tensor& lag) const = 0;
    /// Whether `bias_of` may change between forward passes; a constant one is kept.
    virtual bool trained() const { return info().kind == SchemeKind::learned; }
    void prepare() override;
    /// value_N with as many trailing dimensions as the lags have, so that it broadcasts to [N, S].
    static at::Tensor per_head(const at::Tensor& value_N, const at::Tensor& lag);

  private:
    StaticBias bias_;
};

/// The scheme of that name. Throws ConfigError if the table has none or it is an extension.
std::unique_ptr<PositionScheme> make_position_scheme(const PositionConfig& position, SchemeSetup setup);

}  // namespace overtake
