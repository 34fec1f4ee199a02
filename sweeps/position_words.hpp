// A position scheme as a command line or a JSON file names it: "rope", "yarn", "learned-rope+yarn", with options as words.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sweeps/position_choice.hpp"

namespace overtake {

struct PositionWords {
    std::string scheme;             // a scheme, an extension, or both joined by '+'
    std::string extended = "rope";  // what an extension without a scheme is applied to
    /// Option and TOML value ("500000", "true", "[1, 1.5]"); a value that is no TOML is a string ("half" for "\"half\"").
    std::vector<std::pair<std::string, std::string>> settings;
    double factor = 1;              // of an extension that takes one and isn't given one
};

/// The same rules as in a sweep file. Throws ConfigError with every problem, unknown names with the nearest known one.
PositionChoice choose_position(const PositionWords& words);

/// "key=value" as the two. Throws ConfigError.
std::pair<std::string, std::string> split_setting(std::string_view word);

}  // namespace overtake
