// Numbers as text, for tables, sentences and figures.
#include "analysis/text.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace overtake {

namespace {

std::string print(const char* form, int digits, double value) {
    if (!std::isfinite(value)) {
        return std::isnan(value) ? "NaN" : value < 0 ? "-inf" : "inf";
    }
    char text[400];
    std::snprintf(text, sizeof text, form, digits, value);
    std::string out = text;
    return out.find_first_not_of("-0.") == std::string::npos && out[0] == '-' ? out.substr(1) : out;
}

}  // namespace

std::string fixed(double value, int digits) { return print("%.*f", digits, value); }

std::string significant(double value, int digits) { return print("%.*g", digits, value); }

std::string shortest(double value) {
    if (!std::isfinite(value)) {
        return print("%.*f", 0, value);
    }
    char text[64];
    const bool digits_are_kept = std::abs(value) < 1e15;  // a long row of digits would be an integer too large for gnuplot
    auto end = digits_are_kept ? std::to_chars(text, text + sizeof text, value).ptr : std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    return {text, end};
}

std::string counted(std::size_t count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

std::string with_unit(double value) {
    constexpr const char* units[] = {"", "k", "M", "G", "T", "P", "E"};
    int unit = 0;
    while (std::abs(value) >= 999.5 && unit < 6) {
        value /= 1000;
        ++unit;
    }
    return significant(value, 3) + units[unit];
}

}  // namespace overtake
