// The grid: axes that multiply, axes that advance together, points that are left out.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sweeps/axis_values.hpp"
#include "sweeps/document.hpp"

namespace overtake {

/// One factor of the product: a single axis, or the axes of a [[grid.zip]].
struct Dimension {
    Place place;
    std::vector<Axis> axes;
    std::vector<std::vector<AxisValue>> rows;  // row r holds one value for each of `axes`
};

/// A partial match: a point is left out if every axis named has one of the values named.
struct Exclusion {
    struct Condition {
        Axis axis;
        std::vector<AxisValue> values;
        std::vector<PositionPattern> positions;  // for Axis::position, instead of values
    };
    Place place;
    std::vector<Condition> conditions;
};

struct Grid {
    Place place;
    std::vector<Dimension> dimensions;  // in the order of the file, every axis in exactly one
    std::vector<Exclusion> exclusions;
};

/// A point of the grid: one value per axis.
using GridPoint = std::array<const AxisValue*, axis_count>;

/// Axes that the file leaves out: train_length 128, seed 0, learning_rate_multiplier 1. Size, tokens and position are a
/// must.
Grid read_grid(const DocumentNode& document, Complaints& complaints);

/// Points before exclusions, formed in 128 bits; the largest 64-bit number if there are more.
std::uint64_t count_points(const Grid& grid);

/// Points in order, the last dimension fastest, without those excluded; `excluded` counts these per exclusion.
/// They point into `grid`.
std::vector<GridPoint> expand_grid(const Grid& grid, std::vector<std::int64_t>& excluded);

}  // namespace overtake
