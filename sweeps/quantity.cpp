#include "sweeps/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace overtake {

namespace {

constexpr double most = 9007199254740992.0;  // 2^53

struct Suffix {
    std::string_view text;
    double factor;
    Unit unit;
};

constexpr std::array<Suffix, 16> suffixes{{{"", 1, Unit::count},
                                           {"k", 1e3, Unit::count},
                                           {"K", 1e3, Unit::count},
                                           {"M", 1e6, Unit::count},
                                           {"B", 1e9, Unit::count},
                                           {"T", 1e12, Unit::count},
                                           {"Ki", 1024, Unit::count},
                                           {"Mi", 1048576, Unit::count},
                                           {"s", 1, Unit::seconds},
                                           {"m", 60, Unit::seconds},
                                           {"min", 60, Unit::seconds},
                                           {"h", 3600, Unit::seconds},
                                           {"d", 86400, Unit::seconds},
                                           {"x", 1, Unit::ratio},
                                           {"step", 1, Unit::steps},
                                           {"steps", 1, Unit::steps}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

void skip_spaces(std::string_view& text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
}

/// Takes one number with its suffix from the front.
std::optional<Quantity> take_part(std::string_view& text) {
    std::string digits;
    bool point = false;
    while (!text.empty() && (is_digit(text[0]) || text[0] == '_' || text[0] == ',' || (text[0] == '.' && !point))) {
        point = point || text[0] == '.';
        if (is_digit(text[0]) || text[0] == '.') {
            digits += text[0];
        }
        text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
    if (digits.empty() || !is_digit(digits[0]) || error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    skip_spaces(text);
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length]) && text[length] != ' ') {
        ++length;
    }
    for (const Suffix& suffix : suffixes) {
        if (text.substr(0, length) == suffix.text) {
            text.remove_prefix(length);
            value *= suffix.factor;
            const double whole = std::round(value);
            value = std::abs(value - whole) <= 1e-12 * whole ? whole : value;
            return value <= most ? std::optional<Quantity>({value, suffix.unit}) : std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Quantity> parse_quantity(std::string_view text) {
    skip_spaces(text);
    std::optional<Quantity> sum = take_part(text);
    while (sum && !text.empty()) {
        skip_spaces(text);
        if (text.empty()) {
            break;
        }
        const std::optional<Quantity> next = take_part(text);
        if (!next || next->unit != Unit::seconds || sum->unit != Unit::seconds) {
            return std::nullopt;
        }
        sum->value += next->value;
    }
    return sum;
}

std::optional<std::int64_t> whole_number(const Quantity& quantity) {
    if (quantity.value != std::floor(quantity.value) || quantity.value > most) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(quantity.value);
}

std::string grouped(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::size_t first = value < 0 ? 1 : 0;
    for (std::size_t i = digits.size(); i > first + 3; i -= 3) {
        digits.insert(i - 3, ",");
    }
    return digits;
}

std::string rounded(double value) {
    constexpr std::array<std::string_view, 5> names{"", "k", "M", "B", "T"};
    std::size_t power = 0;
    double scaled = value;
    while (std::abs(scaled) >= 999.5 && power + 1 < names.size()) {
        scaled /= 1000;
        ++power;
    }
    std::array<char, 32> text{};
    const int decimals = std::abs(scaled) >= 99.95 || (power == 0 && scaled == std::floor(scaled)) ? 0
                         : std::abs(scaled) >= 9.995                                               ? 1
                                                                                                   : 2;
    std::snprintf(text.data(), text.size(), "%.*f", decimals, scaled);
    return std::string(text.data()) + std::string(names[power]);
}

}  // namespace overtake
