// Which numbers of which laws are free, shared, tied or held: a linear map from the free numbers to every law's coordinates.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "analysis/power_law.hpp"

namespace overtake {

/// What a fit holds still.
struct LawConstraints {
    bool tied = false;                              // alpha = beta
    PowerLaw held{NAN, NAN, NAN, NAN, NAN};         // a number holds that quantity there; NaN leaves it free
    bool any() const;
};

/// Quantities that schemes of a group have in common.
struct Sharing {
    bool E = true, A = false, B = false, alpha = false, beta = false;
    bool operator==(const Sharing&) const = default;
};

/// Reads "E,alpha"; "none" and "" share nothing, "all" everything. Throws ConfigError on another name.
Sharing parse_sharing(const std::string& text);

/// "E, alpha", or "nothing".
std::string name_of(const Sharing& sharing);

/// Coordinates of scheme k = offset_k + M_k x. The free numbers x are the shared ones (E, A, B, alpha, beta) first, then each
/// scheme's own in the order e, a, b, alpha, beta. A and B are shared as they stand in the law, not as their terms' sizes at a
/// scheme's centre: where the exponent isn't shared too, the number is log A itself.
class LawMap {
  public:
    LawMap(std::span<const LawPoints> points, const LawConstraints& constraints, const Sharing& sharing);
    /// Constraints of each scheme's own; what is shared follows those of the first.
    LawMap(std::span<const LawPoints> points, std::span<const LawConstraints> constraints, const Sharing& sharing);

    std::size_t schemes() const noexcept { return rows_.size(); }
    std::size_t free() const noexcept { return free_; }
    LawCoordinates coordinates(std::span<const double> x, std::size_t scheme) const;
    /// Adds M' slope.
    void pull_back(const LawCoordinates& slope, std::size_t scheme, std::span<double> gradient) const;
    /// M_k, row-major 5 x free().
    std::vector<double> matrix(std::size_t scheme) const;
    /// Free numbers nearest to these coordinates: shared and tied numbers are means.
    std::vector<double> free_numbers(std::span<const LawCoordinates> at) const;

  private:
    struct Row {
        double offset = 0;
        std::array<std::pair<int, double>, 2> terms{{{-1, 0}, {-1, 0}}};   // place in x (-1: none), coefficient
    };
    std::vector<std::array<Row, 5>> rows_;
    std::size_t free_ = 0;
};

}  // namespace overtake
