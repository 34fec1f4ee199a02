// What the user may have meant: the nearest known word, and lists of words in sentences.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace overtake {

/// Fewest insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, each letter edited at
/// most once (Damerau 1964, Levenshtein 1966; the "optimal string alignment" form).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word nearest to `word`, or an empty view if none is near (more than a third of its letters, at least 1, at
/// most 3, would have to change). '-', '_' and ' ' are the same letter, and so are capitals and small letters.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

/// "; did you mean \"rope\"?", or nothing if no word is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

/// "a, b, c".
std::string listed(std::span<const std::string_view> words);

}  // namespace overtake
