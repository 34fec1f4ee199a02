#include "models/position/position_scheme.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "models/new_parameter.hpp"
#include "models/position/schemes.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"

namespace overtake {

PositionScheme::PositionScheme(const SchemeInfo& info, SchemeSetup setup) : info_(info), setup_(std::move(setup)) {}

std::int64_t PositionScheme::longest_context() const {
    return setup_.longest_context;
}

void PositionScheme::begin(Placement placement) {
    expects(!(placement.sampled() && placement.packed()), "a sampler's positions are not restarted at documents");
    placement_ = std::move(placement);
    prepare();
}

void PositionScheme::prepare() {}

void PositionScheme::refuse_sampler(const char* reason) const {
    if (placement_.sampled() && !placement_.positions_T.equal(at::arange(length(), at::kDouble))) {
        throw ConfigError({{"position.sampler", "\"" + std::string(info_.name) + "\" can't stand at a sampler's positions (" +
                                                    reason + "); leave the sampler out"}});
    }
}

at::TensorOptions PositionScheme::real() const { return at::TensorOptions(setup_.real).device(setup_.device); }

at::Tensor PositionScheme::positions_in_window_T() const {
    return placement_.sampled() ? placement_.positions_T.to(setup_.device, at::kDouble, /*non_blocking=*/true)
                                : at::arange(length(), at::TensorOptions(at::kDouble).device(setup_.device));
}

at::Tensor PositionScheme::positions() const {
    const at::Tensor position_T = positions_in_window_T();
    return placement_.packed() ? position_T.sub(placement_.starts_BT.to(setup_.device, at::kInt, /*non_blocking=*/true)) : position_T;
}

at::Tensor PositionScheme::lags_TT() const {
    const at::Tensor position_T = positions_in_window_T();
    return position_T.unsqueeze(1).sub(position_T);
}

std::int64_t PositionScheme::lags() const {
    if (!placement_.sampled()) {
        return length();
    }
    const auto* position = placement_.positions_T.const_data_ptr<double>();
    return static_cast<std::int64_t>(position[length() - 1] - position[0]) + 1;
}

at::Tensor PositionScheme::add_to_input(const at::Tensor& x_BTD) const { return x_BTD; }

at::Tensor PositionScheme::add_to_attention_input(const at::Tensor& x_RD, std::int64_t) const { return x_RD; }

QueryKey PositionScheme::transform(QueryKey qk, const at::Tensor&, std::int64_t) const { return qk; }

double PositionScheme::scale() const { return 1 / std::sqrt(static_cast<double>(setup_.model.head_width())); }

std::int64_t PositionScheme::first_key(std::int64_t, std::int64_t) const { return 0; }

at::Tensor PositionScheme::key_bias(const at::Tensor&, std::int64_t) const { return {}; }

StaticBias PositionScheme::static_bias(std::int64_t) const { return {}; }

at::Tensor PositionScheme::lag_bias(std::int64_t, std::int64_t) const { return {}; }

at::Tensor PositionScheme::content_bias(const at::Tensor&, const QueryKey&, std::int64_t) const { return {}; }

LagTerms PositionScheme::lag_terms(const QueryKey&, std::int64_t) const { return {}; }

at::Tensor PositionScheme::temperature(std::int64_t) const { return {}; }

std::vector<ContentGate> PositionScheme::content_gates(const at::Tensor&, const QueryKey&, std::int64_t) const { return {}; }

at::Tensor PositionScheme::held_bias(std::int64_t layer) const {
    if (held_.by_lag_NT.empty()) {
        return {};
    }
    const at::Tensor& bias_NT = held_.by_lag_NT.at(static_cast<std::size_t>(layer));
    expects(!placement_.sampled() && bias_NT.size(1) == length(), "a held bias has a number for each lag of the pass");
    return bias_NT;
}

at::Tensor PositionScheme::held_temperature(std::int64_t layer) const {
    return held_.temperature_N11.empty() ? at::Tensor() : held_.temperature_N11.at(static_cast<std::size_t>(layer));
}

at::Tensor PositionScheme::weigh(const at::Tensor& weights_BNTT, const at::Tensor& v_BNTH, std::int64_t) const {
    return at::matmul(weights_BNTT, v_BNTH);
}

void PositionScheme::extend(const ExtensionConfig& extension) {
    const SchemeInfo* method = find_position_scheme(extension.method);
    throw ConfigError({{"extension.method", method == nullptr ? "unknown extension \"" + extension.method + "\""
                                                              : why_not_extended(*method, info_)}});
}

at::Tensor PositionScheme::add_parameter(const char* name, at::IntArrayRef shape, Distribution distribution, double a,
                                         double b) {
    const std::string full_name = std::string("position.") + name;
    const ParameterStream stream(setup_.seed, full_name);
    const at::Tensor initial = at::empty(shape, at::kFloat);
    const std::span<float> values(initial.mutable_data_ptr<float>(), static_cast<std::size_t>(initial.numel()));
    if (distribution == Distribution::normal) {
        stream.fill_normal(values, a, b);
    } else {
        stream.fill_uniform(values, a, b);
    }
    return add_parameter(name, initial);
}

at::Tensor PositionScheme::add_parameter(const char* name, const at::Tensor& initial) {
    parameters_.push_back(
        new_parameter(std::string("position.") + name, ParameterGroup::position, initial.to(setup_.real), setup_.device));
    return parameters_.back().value;
}

void PositionScheme::drop_parameters(const std::string& prefix) {
    std::erase_if(parameters_, [&](const Parameter& parameter) { return parameter.name.starts_with("position." + prefix); });
}

StaticBias LagBiasScheme::static_bias(std::int64_t) const { return bias_; }

at::Tensor LagBiasScheme::lag_bias(std::int64_t length, std::int64_t) const {
    constexpr std::int64_t at_a_time = 65536;  // tables in fp64 on the way are several times the answer
    std::vector<at::Tensor> parts;
    for (std::int64_t begin = 0; begin < length; begin += at_a_time) {
        const std::int64_t end = std::min(begin + at_a_time, length);
        parts.push_back(bias_of(at::arange(begin, end, at::TensorOptions(at::kDouble).device(setup().device))));
    }
    return at::cat(parts, 1);
}

at::Tensor LagBiasScheme::per_head(const at::Tensor& value_N, const at::Tensor& lag) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(lag.dim()) + 1, 1);
    shape[0] = value_N.numel();
    return value_N.view(shape);
}

void LagBiasScheme::prepare() {
    if (placement().part_of > 0) {
        bias_ = {};
    } else if (placement().sampled()) {
        bias_ = {.by_lag_NT = {}, .by_pair_NTT = bias_of(lags_TT().clamp_min(0)).contiguous()};
    } else if (trained() || !bias_.by_lag_NT.defined() || bias_.by_lag_NT.size(1) != length()) {
        bias_ = {.by_lag_NT = bias_of(positions_in_window_T()), .by_pair_NTT = {}};
    }
}

std::unique_ptr<PositionScheme> make_position_scheme(const PositionConfig& position, SchemeSetup setup) {
    using Maker = SchemePointer (*)(const SchemeInfo&, SchemeSetup);
    struct Entry {
        std::string_view name;
        Maker make;
    };
    static constexpr Entry makers[] = {
        {"none", make_none},       {"sinusoidal", make_sinusoidal},     {"rope", make_rope},
        {"rope-interleaved", make_rope_interleaved},
        {"p-rope", make_p_rope},   {"partial-rope", make_partial_rope}, {"xpos", make_xpos},
        {"resonance", make_resonance}, {"i-rope", make_i_rope}, {"ssmax", make_ssmax}, {"log-n", make_log_n},
        {"learned-base", make_learned_base}, {"rope-mixed", make_rope_mixed}, {"lie-rope", make_lie_rope},
        {"selective-rope", make_selective_rope}, {"fope", make_fope}, {"pope", make_pope},
        {"alibi", make_alibi},     {"learned", make_learned},           {"t5", make_t5},
        {"kerple-log", make_kerple_log}, {"learned-rope", make_learned_rope},
        {"fox", make_fox},         {"cable", make_cable},
        {"cope", make_cope},       {"grape-ap", make_grape_ap},
        {"path", make_path},       {"dape", make_dape},
        {"universal", make_universal},
        {"kerple-power", make_kerple_power}, {"sandwich", make_sandwich}, {"fire", make_fire}, {"tupe", make_tupe},
        {"fourier-features", make_fourier_features}, {"floater", make_floater},
        {"shaw", make_shaw}, {"music-transformer", make_music_transformer}, {"transformer-xl", make_transformer_xl},
        {"deberta", make_deberta},
    };
    const SchemeInfo* info = find_position_scheme(position.scheme);
    for (const Entry& entry : makers) {
        if (info != nullptr && entry.name == position.scheme) {
            std::vector<Problem> problems;
            setup.options = complete_options(*info, position.options, "position", problems);
            if (!problems.empty()) {
                throw ConfigError(problems);
            }
            const PositionConfig complete{position.scheme, setup.options, position.sampler};
            setup.rows = positions_in_training(complete, setup.train_length);
            setup.longest_context = overtake::longest_context(complete, std::nullopt, setup.train_length);
            return entry.make(*info, std::move(setup));
        }
    }
    throw ConfigError({{"position.scheme", "\"" + position.scheme + "\" is no scheme to train with"}});
}

}  // namespace overtake
