#include "models/position/position_scheme.hpp"

#include <limits>

#include <ATen/ATen.h>

#include "models/new_parameter.hpp"
#include "models/position/schemes.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

PositionScheme::PositionScheme(const SchemeInfo& info, SchemeSetup setup) : info_(info), setup_(std::move(setup)) {}

std::int64_t PositionScheme::longest_context() const {
    return info_.limited_to_train_length ? setup_.train_length : std::numeric_limits<std::int64_t>::max();
}

void PositionScheme::prepare(std::int64_t) {}

at::Tensor PositionScheme::add_to_input(const at::Tensor& x_BTD) const { return x_BTD; }

QueryKey PositionScheme::transform(QueryKey qk, std::int64_t) const { return qk; }

StaticBias PositionScheme::static_bias(std::int64_t) const { return {}; }

at::Tensor PositionScheme::content_bias(const at::Tensor&, const QueryKey&, std::int64_t) const { return {}; }

at::Tensor PositionScheme::temperature(std::int64_t) const { return {}; }

at::Tensor PositionScheme::weigh(const at::Tensor& weights_BNTT, const at::Tensor& v_BNTH, std::int64_t) const {
    return at::matmul(weights_BNTT, v_BNTH);
}

void PositionScheme::extend(const ExtensionConfig& extension) {
    throw ConfigError({{"extension.method", "\"" + extension.method + "\" can't extend \"" + std::string(info_.name) +
                                                "\" (it rescales RoPE's frequencies); extend rope or learned-rope"}});
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
    parameters_.push_back(new_parameter(std::string("position.") + name, ParameterGroup::position, initial, setup_.device));
    return parameters_.back().value;
}

std::unique_ptr<PositionScheme> make_position_scheme(const PositionConfig& position, SchemeSetup setup) {
    using Maker = SchemePointer (*)(const SchemeInfo&, SchemeSetup);
    struct Entry {
        std::string_view name;
        Maker make;
    };
    static constexpr Entry makers[] = {
        {"none", make_none},       {"sinusoidal", make_sinusoidal},     {"rope", make_rope},
        {"alibi", make_alibi},     {"learned", make_learned},           {"t5", make_t5},
        {"kerple-log", make_kerple_log}, {"learned-rope", make_learned_rope},
    };
    const SchemeInfo* info = find_position_scheme(position.scheme);
    for (const Entry& entry : makers) {
        if (info != nullptr && entry.name == position.scheme) {
            std::vector<Problem> problems;
            setup.options = complete_options(*info, position.options, "position", problems);
            if (!problems.empty()) {
                throw ConfigError(problems);
            }
            return entry.make(*info, std::move(setup));
        }
    }
    throw ConfigError({{"position.scheme", "\"" + position.scheme + "\" is no scheme to train with"}});
}

}  // namespace overtake
