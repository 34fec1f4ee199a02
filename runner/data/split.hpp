// Which tokens are held out: a block in every 32, spread over the corpus, and which windows the rest and the blocks
// hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/data/token_source.hpp"

namespace overtake {

/// The split of a sequence of `total` tokens. It is cut into blocks of `block_tokens`; the last block of every `period`
/// is held out; what remains, between two held-out blocks and after the last, is a training stretch. A function of
/// `total` alone.
struct Split {
    std::int64_t total = 0;
    std::int64_t block_tokens =
        0;  // a power of two plus one: inputs and shifted targets of a window as long as the block
    static constexpr std::int64_t period = 32;

    std::int64_t heldout_blocks() const { return total / (period * block_tokens); }
    std::int64_t heldout_tokens() const { return heldout_blocks() * block_tokens; }
    std::int64_t train_tokens() const { return total - heldout_tokens(); }
    /// Place in the sequence of held-out block `block`'s first token.
    std::int64_t block_start(std::int64_t block) const { return ((block + 1) * period - 1) * block_tokens; }
    /// Whether [start, start + count) lies inside the sequence and touches no held-out block.
    bool is_training(std::int64_t start, std::int64_t count) const;

    /// Windows of `length` + 1 tokens that begin every `length` tokens of each training stretch: every token but a
    /// stretch's first is a target at most once, and no window touches a held-out block.
    std::int64_t train_windows(std::int64_t length) const;
    std::int64_t train_window_start(std::int64_t length, std::int64_t window) const;
    /// See TokenSource::evaluation_windows.
    std::vector<HeldoutWindow> evaluation_windows(std::int64_t length, std::int64_t tokens) const;

    /// The rule and its numbers on one line; hashed into the corpus digest.
    std::string text() const;
};

/// Fewest tokens that can be split.
inline constexpr std::int64_t least_tokens = 8 * Split::period * 17;

/// The longest block of 2^k + 1 tokens, 2^k in [16, 4096], that leaves at least 8 held-out blocks; up to 2^16 + 1 where
/// 128 are left, so that large corpora can be evaluated at long lengths. Throws IoError if `total` < least_tokens.
Split split_corpus(std::int64_t total);

}  // namespace overtake
