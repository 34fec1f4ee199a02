// From a grid to its points: product, zip, exclusions.
#include <algorithm>
#include <limits>

#include "sweeps/grid.hpp"

namespace overtake {

namespace {

__extension__ using Wide = unsigned __int128;

bool excludes(const Exclusion& exclusion, const GridPoint& point) {
    return std::all_of(
        exclusion.conditions.begin(), exclusion.conditions.end(), [&](const Exclusion::Condition& condition) {
            const AxisValue& value = *point[static_cast<std::size_t>(condition.axis)];
            if (condition.axis == Axis::position) {
                const auto& choice = std::get<PositionChoice>(value.value);
                return std::any_of(condition.positions.begin(), condition.positions.end(),
                                   [&](const PositionPattern& pattern) { return pattern.matches(choice); });
            }
            return std::any_of(condition.values.begin(), condition.values.end(),
                               [&](const AxisValue& other) { return other.value == value.value; });
        });
}

}  // namespace

std::uint64_t count_points(const Grid& grid) {
    Wide product = 1;
    for (const Dimension& dimension : grid.dimensions) {
        product *= dimension.rows.size();
    }
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return product > most ? most : static_cast<std::uint64_t>(product);
}

std::vector<GridPoint> expand_grid(const Grid& grid, std::vector<std::int64_t>& excluded) {
    std::vector<GridPoint> points;
    excluded.assign(grid.exclusions.size(), 0);
    const std::uint64_t count = count_points(grid);
    for (std::uint64_t index = 0; index < count; ++index) {
        GridPoint point{};
        std::uint64_t rest = index;
        for (auto dimension = grid.dimensions.rbegin(); dimension != grid.dimensions.rend(); ++dimension) {
            const auto& row = dimension->rows[rest % dimension->rows.size()];
            rest /= dimension->rows.size();
            for (std::size_t i = 0; i < row.size(); ++i) {
                point[static_cast<std::size_t>(dimension->axes[i])] = &row[i];
            }
        }
        bool keep = true;
        for (std::size_t i = 0; i < grid.exclusions.size(); ++i) {
            if (excludes(grid.exclusions[i], point)) {
                ++excluded[i];
                keep = false;
            }
        }
        if (keep) {
            points.push_back(point);
        }
    }
    return points;
}

}  // namespace overtake
