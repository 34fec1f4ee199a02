// Numbers as text, for tables, sentences and figures.
#pragma once

#include <cstddef>
#include <string>

namespace overtake {

/// `digits` places after the point; "NaN", "inf", "-inf" spelt so; never "-0.0".
std::string fixed(double value, int digits);

/// `digits` significant places, in the shorter of the plain and the exponent form.
std::string significant(double value, int digits);

/// Shortest text that reads back as the same number.
std::string shortest(double value);

/// "1 trial", "2 trials".
std::string counted(std::size_t count, const std::string& noun);

/// 1234567 as "1.23M": thousands k, M, G, T, P, E.
std::string with_unit(double value);

}  // namespace overtake
