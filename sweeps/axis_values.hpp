// Values of the grid's axes: how each is written in a sweep file, and what it means.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sweeps/document.hpp"
#include "sweeps/position_choice.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

enum class Axis { size, tokens, position, train_length, seed, learning_rate_multiplier };
inline constexpr std::array<std::string_view, 6> axis_names{"size",         "tokens", "position",
                                                            "train_length", "seed",   "learning_rate_multiplier"};
inline constexpr std::size_t axis_count = axis_names.size();

std::optional<Axis> find_axis(std::string_view name);

/// A ladder name or "2x64" (layers and width), {layers, width, heads, mlp_width} (0: by rule), or a parameter target.
struct SizeChoice {
    std::int64_t layers = 0, width = 0, heads = 0, mlp_width = 0;
    double target = 0;  // backbone parameters; 0 for a shape
    bool operator==(const SizeChoice&) const = default;
};

struct AxisValue {
    Place place;
    std::string text;  // as written, for ids of people
    std::variant<SizeChoice, Quantity, PositionChoice, std::int64_t, double> value;
};

/// nullopt with a complaint if the value can't be one of that axis.
std::optional<AxisValue> parse_axis_value(Axis axis, const DocumentNode& node, Complaints& complaints);

}  // namespace overtake
