// A seeded synthetic language whose next token depends on position and on recall at a distance.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

struct SyntheticOptions {
    std::int64_t tokens = std::int64_t{1} << 24;
    std::uint64_t seed = 0;
    bool operator==(const SyntheticOptions&) const = default;
};

/// The vocabulary in three parts: V / 4 clock tokens, then 8 cues, then words.
struct SyntheticVocabulary {
    std::int64_t size;
    static constexpr std::int64_t cues = 8;
    /// A clock token stands at every `beat`-th position of a passage.
    static constexpr std::int64_t beat = 16;
    std::int64_t clocks() const { return size / 4; }
    std::int64_t first_cue() const { return clocks(); }
    std::int64_t first_word() const { return clocks() + cues; }
    std::int64_t words() const { return size - first_word(); }
    bool is_cue(std::int64_t id) const { return id >= first_cue() && id < first_word(); }
    bool is_word(std::int64_t id) const { return id >= first_word(); }
    /// How far back the token after this cue looks: 4, 8, 16 ... 512.
    std::int64_t distance(std::int64_t cue) const { return std::int64_t{4} << (cue - first_cue()); }
};

/// Fewest ids that leave room for words.
inline constexpr std::int64_t least_synthetic_vocabulary = 32;

struct SyntheticText {
    std::vector<std::int64_t> tokens;
    std::vector<std::int64_t> passage_starts;  // ascending from 0
};

/// `options.tokens` ids of the language with `vocabulary` >= 32 symbols. Passages of 256 to 2,032 tokens (a multiple of
/// 16, uniform) follow each other. At position p of a passage, counted from 0:
/// - p divisible by 16: the clock token (p / 16) mod (V / 4). Only the absolute position tells which;
/// - after a cue of distance d: the token at p - d, in the same passage, always a word. Recall at a distance;
/// - else with probability 1/4 a cue, if p + 1 is not a clock's place: one of the 8, uniform; if the token it points at
/// is no
///   word of this passage, a word instead;
/// - else a word: one of 16 successors of the word before (a seeded table), rank r with weight 2^-r, the last two
/// alike. Throws std::logic_error if vocabulary < 32.
SyntheticText synthetic_text(const SyntheticOptions& options, std::int64_t vocabulary);

}  // namespace overtake
