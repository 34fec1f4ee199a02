#include "models/position/rotary.hpp"

#include <cmath>

#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

std::vector<double> rope_frequencies(std::int64_t width, double base) {
    std::vector<double> theta(static_cast<std::size_t>(width / 2));
    for (std::size_t j = 0; j < theta.size(); ++j) {
        theta[j] = std::pow(base, -2.0 * static_cast<double>(j) / static_cast<double>(width));
    }
    return theta;
}

at::Tensor halves_from_pairs(const at::Tensor& x) { return x.unflatten(-1, {x.size(-1) / 2, 2}).transpose(-1, -2).flatten(-2); }

RotaryScheme::RotaryScheme(const SchemeInfo& info, SchemeSetup setup) : PositionScheme(info, std::move(setup)) {}

RotaryGrid RotaryScheme::grid() const {
    return {.base = number_option(setup().options, "base"), .width = setup().model.head_width(), .train_length = setup().train_length};
}

at::Tensor RotaryScheme::theta() const {
    return at::tensor(rope_frequencies(grid().width, grid().base), at::kDouble).to(setup().device, at::kDouble, /*non_blocking=*/true).view({1, 1, -1});
}

at::Tensor RotaryScheme::finished(const at::Tensor& frequencies) const { return frequencies; }

at::Tensor RotaryScheme::frequencies() const {
    return finished(extension_ ? extension_->frequencies(theta(), context_length()) : theta());
}

double RotaryScheme::temperature_of_tables() const { return extension_ ? extension_->temperature(context_length()) : 1; }

std::int64_t RotaryScheme::context_length() const {
    if (placement().part_of > 0) {
        return placement().part_of;
    }
    return placement().sampled() ? static_cast<std::int64_t>(placement().positions_T.max().item<double>()) + 1 : length();
}

AngleTables RotaryScheme::form_tables() const {
    const std::int64_t kept = extension_ ? extension_->kept_positions() : 0;
    // Lags are all that a rotation shows, whatever the document, unless the angles of its first positions differ.
    const at::Tensor position = kept > 0 ? positions() : positions_in_window_T();
    const at::Tensor position_1B1T1 = position.view({1, -1, 1, length(), 1});
    const auto angles_at = [&](const at::Tensor& theta) { return position_1B1T1.mul(theta.unsqueeze(1).unsqueeze(3)); };
    const double temperature = temperature_of_tables();
    at::Tensor angle = angles_at(frequencies());
    at::Tensor cosine = angle.cos(), sine = angle.sin();
    if (temperature != 1) {
        cosine = cosine.mul(temperature);
        sine = sine.mul(temperature);
    }
    if (kept > 0) {
        const at::Tensor original = angles_at(finished(theta())), is_kept = position_1B1T1.lt(static_cast<double>(kept));
        cosine = at::where(is_kept, original.cos(), cosine);
        sine = at::where(is_kept, original.sin(), sine);
    }
    return {cosine.to(setup().real), sine.to(setup().real)};
}

void RotaryScheme::prepare() {
    const bool plain = !placement().sampled() && !trained() && !(extension_ && extension_->changes());
    if (plain && plain_tables_ && tables_.cosine.size(-2) >= length()) {
        return;
    }
    tables_ = form_tables();
    plain_tables_ = plain;
}

AngleTables RotaryScheme::tables_of(std::int64_t layer) const {
    const auto part = [&](const at::Tensor& table) {
        return table.select(0, table.size(0) > 1 ? layer : 0).narrow(-2, 0, length());
    };
    return {part(tables_.cosine), part(tables_.sine)};
}

QueryKey RotaryScheme::transform(QueryKey qk, const at::Tensor&, std::int64_t layer) const {
    const AngleTables now = tables_of(layer);
    return {rotate_pairs(qk.q_BNTH, now.cosine, now.sine), rotate_pairs(qk.k_BNTH, now.cosine, now.sine)};
}

void RotaryScheme::extend(const ExtensionConfig& extension) {
    if (const SchemeInfo* method = find_position_scheme(extension.method); method != nullptr && method->has_table) {
        return PositionScheme::extend(extension);
    }
    expects(info().rotary, "a scheme that extensions can rescale says so in the table");
    drop_parameters("extension.");
    extension_ = make_frequency_extension(extension, grid(), [this](const char* name, const at::Tensor& initial) {
        return add_parameter(name, initial);
    });
    plain_tables_ = false;
}

PositionScheme::Inspection RotaryScheme::inspect() const {
    at::Tensor theta = frequencies();
    theta = theta.size(1) == 1 ? theta.squeeze(1) : theta;
    return {{"frequencies", theta.size(0) == 1 ? theta.squeeze(0) : theta},
            {"temperature", at::scalar_tensor(temperature_of_tables(), at::kDouble)}};
}

}  // namespace overtake
