// Mistakes that people make in sweep files, made by a seed in a sound file: where each is, and what would mend it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace overtake {

struct Mistake {
    std::string kind;        // "mistyped key", ...
    std::string text;        // of the file with the mistake in it
    std::int64_t line = 0, column = 0;
    std::string suggestion;  // what the message must hold; empty where nothing can be suggested
};

/// How many kinds there are.
std::size_t mistake_kinds();

/// A mistake of kind number `kind` in a file as the examples are written; all is empty if this file has no place for it.
Mistake make_mistake(std::size_t kind, std::string_view file, std::uint64_t seed);

}  // namespace overtake
