// Numbers as people write them: "10M", "1.5B", "64k", "4Ki", "2h", "90s", "20x", "100 steps".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace overtake {

/// count: a plain number or one with k M B T (powers of 1000) or Ki Mi (powers of 1024).
/// seconds: s, m or min, h, d, and sums of them ("2h30m"). ratio: "20x". steps: "100 steps".
enum class Unit { count, seconds, ratio, steps };

struct Quantity {
    double value = 0;  // finite, not negative; exact if it is a whole number below 2^53
    Unit unit = Unit::count;
    bool operator==(const Quantity&) const = default;
};

/// nullopt for anything else: nan, inf, signs, exponents, unknown suffixes, empty text.
std::optional<Quantity> parse_quantity(std::string_view text);

/// The quantity as a whole number, or nullopt if it is not one or is above 2^53.
std::optional<std::int64_t> whole_number(const Quantity& quantity);

/// 98624 -> "98,624".
std::string grouped(std::int64_t value);

/// Three significant digits with the suffix that fits: 12384 -> "12.4k", 1.5e9 -> "1.50B".
std::string rounded(double value);

}  // namespace overtake
