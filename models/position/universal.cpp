// One learned family that holds RoPE, ALiBi, KERPLE and FoX: rotations, a decay by lag and a content gate, each with a strength that
// training may take to nothing.
#include <cmath>

#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "models/position/gates.hpp"
#include "models/position/lag_matrix.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr double stored_per_logarithm = 16;  // as in learned-rope

/// (e^(p u) - 1) / p, also at p = 0, where it is u.
at::Tensor expm1_over(const at::Tensor& p, const at::Tensor& u) {
    const at::Tensor x = p * u, small = x.abs().lt(1e-3);
    const at::Tensor series = 1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5)));
    const at::Tensor elsewhere = x.masked_fill(small, 1);
    return u * at::where(small, series, at::expm1(elsewhere) / elsewhere);
}

/// Logit of query i and key k of layer l and head n, r = i - k:
///
///     q . R(s_l theta, r) k / sqrt(H)  -  d_l p_n ((1 + a_n r)^e_n - 1) / e_n  +  g_l sum over m = k+1..i of ln sigmoid(w_ln . x_m + b_ln)
///
/// rotation  position.log_frequencies    [H/2]      16 ln theta_j up to a constant, RoPE's grid; theta's geometric mean is held at the grid's
///           position.rotation_strength  [L]        s, 1: 0 is no rotation, 1 the grid's pace
/// decay     position.decay_scale        [N]        ln p up to a constant, 0; p's geometric mean is held at 1
///           position.decay_rate         [N]        ln a, 0
///           position.decay_power        [N]        e, 0: 0 is KERPLE's logarithm (its limit), 1 ALiBi
///           position.decay_strength     [L]        d, 0.01
/// gate      position.gate_weight        [L, N, D]  w, N(0, 0.02^2)
///           position.gate_bias          [L, N]     b, 5
///           position.gate_strength      [L]        g, 0.1: 1 is FoX
///
/// With geometric means held, a part's strength is a number of its own and not a share of its other numbers: what a trained model
/// kept is read off the three vectors. It starts as RoPE with almost nothing beside it. A sampler spreads rotation and decay; the gate counts
/// the tokens of the window.
class Universal final : public PositionScheme {
  public:
    Universal(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const Options& options = setup().options;
        const auto per_layer = [&](const char* name, double value) {
            return add_parameter(name, at::full({model.layers}, value, at::kDouble));
        };
        if (flag_option(options, "rotation")) {
            const at::Tensor theta_J = at::tensor(rope_frequencies(model.head_width(), number_option(options, "base")), at::kDouble);
            mean_logarithm_ = theta_J.log().mean().item<double>();
            frequencies_J_ = add_parameter("log_frequencies", theta_J.log().mul(stored_per_logarithm));
            rotation_L_ = per_layer("rotation_strength", 1);
        }
        if (flag_option(options, "decay")) {
            scale_N_ = add_parameter("decay_scale", at::zeros({model.heads}));
            rate_N_ = add_parameter("decay_rate", at::zeros({model.heads}));
            power_N_ = add_parameter("decay_power", at::zeros({model.heads}));
            decay_L_ = per_layer("decay_strength", 0.01);
        }
        if (flag_option(options, "gate")) {
            weight_LND_ = add_parameter("gate_weight", {model.layers, model.heads, model.width}, Distribution::normal, 0, 0.02);
            bias_LN_ = add_parameter("gate_bias", at::full({model.layers, model.heads}, 5.0));
            gate_L_ = per_layer("gate_strength", 0.1);
        }
        if (parameters().empty()) {
            throw ConfigError({Problem{"position.rotation", "no part of \"universal\" is on (rotation, decay and gate are false); "
                                                            "set scheme = \"none\""}});
        }
    }

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t layer) const override {
        if (!rotation_L_.defined()) {
            return qk;
        }
        const at::Tensor cosine = tables_.cosine.select(0, layer), sine = tables_.sine.select(0, layer);
        return {rotate_pairs(qk.q_BNTH, cosine, sine), rotate_pairs(qk.k_BNTH, cosine, sine)};
    }

    /// The decay, unless a gate makes a matrix of both.
    StaticBias static_bias(std::int64_t layer) const override {
        if (!decay_L_.defined() || gate_L_.defined()) {
            return {};
        }
        const at::Tensor bias = decay_.mul(decay_L_[layer].neg());
        return bias.dim() == 2 ? StaticBias{.by_lag_NT = bias, .by_pair_NTT = {}} : StaticBias{.by_lag_NT = {}, .by_pair_NTT = bias};
    }

    at::Tensor key_bias(const at::Tensor& x_BTD, std::int64_t layer) const override {
        return gate_L_.defined() && !decay_L_.defined() ? gate(x_BTD, layer) : at::Tensor();
    }

    at::Tensor content_bias(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        if (!decay_L_.defined() || !gate_L_.defined()) {
            return {};
        }
        const at::Tensor by_key_BNT = gate(x_BTD, layer);
        return decay_.mul(decay_L_[layer].neg()) + by_key_BNT.unsqueeze(2) - by_key_BNT.unsqueeze(3);
    }

    std::vector<ContentGate> content_gates(const at::Tensor& x_BTD, const QueryKey&, std::int64_t layer) const override {
        if (!gate_L_.defined()) {
            return {};
        }
        return {{"kept", gate_logits(x_BTD, weight_LND_.select(0, layer), bias_LN_.select(0, layer)).sigmoid()}};
    }

    Inspection inspect() const override {
        Inspection parts;
        if (rotation_L_.defined()) {
            parts["frequencies"] = theta_LJ();
            parts["rotation_strength"] = rotation_L_;
        }
        if (decay_L_.defined()) {
            parts["decay_strength"] = decay_L_;
        }
        if (gate_L_.defined()) {
            parts["gate_strength"] = gate_L_;
        }
        return parts;
    }

  protected:
    void prepare() override {
        if (rotation_L_.defined()) {
            const at::Tensor angle_LTJ = positions_in_window_T().unsqueeze(1).mul(theta_LJ().unsqueeze(1));
            tables_ = {angle_LTJ.cos().to(setup().real), angle_LTJ.sin().to(setup().real)};
        }
        if (decay_L_.defined()) {
            decay_ = placement().sampled() ? decay_of(lags_TT().clamp_min(0)) : decay_of(positions_in_window_T());
            if (gate_L_.defined() && decay_.dim() == 2) {
                decay_ = spread_lags(decay_);
            }
        }
    }

  private:
    at::Tensor theta_LJ() const {
        const at::Tensor logarithm = frequencies_J_.to(at::kDouble).div(stored_per_logarithm);
        return rotation_L_.to(at::kDouble).unsqueeze(1) * (logarithm - logarithm.mean() + mean_logarithm_).exp();
    }

    /// [N, lags] of strength 1.
    at::Tensor decay_of(const at::Tensor& lag) const {
        std::vector<std::int64_t> shape(static_cast<std::size_t>(lag.dim()) + 1, 1);
        shape[0] = -1;
        const auto per_head = [&](const at::Tensor& value_N) { return value_N.to(at::kDouble).view(shape); };
        const at::Tensor scale = per_head(scale_N_);
        return ((scale - scale.mean()).exp() * expm1_over(per_head(power_N_), (per_head(rate_N_).exp() * lag).log1p())).to(real());
    }

    at::Tensor gate(const at::Tensor& x_BTD, std::int64_t layer) const {
        const at::Tensor open_BNT = gate_logits(x_BTD, weight_LND_.select(0, layer), bias_LN_.select(0, layer));
        return key_bias_of_losses(at::log_sigmoid(open_BNT).neg()).mul(gate_L_[layer]);
    }

    double mean_logarithm_ = 0;
    at::Tensor frequencies_J_, rotation_L_, scale_N_, rate_N_, power_N_, decay_L_, weight_LND_, bias_LN_, gate_L_;
    AngleTables tables_;
    at::Tensor decay_;  // [N, T] by lag or [N, T, T] by pair, of strength 1
};

}  // namespace

SchemePointer make_universal(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Universal>(info, std::move(setup));
}

}  // namespace overtake
