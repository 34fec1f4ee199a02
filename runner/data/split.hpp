// Which tokens are held out: blocks spread over the corpus, or whole documents, and which windows the rest and the
// blocks hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runner/data/token_source.hpp"

namespace overtake {

/// Tokens [begin, end) of a sequence.
struct Stretch {
    std::int64_t begin = 0, end = 0;
    std::int64_t size() const { return end - begin; }
    bool operator==(const Stretch&) const = default;
};

/// The split of a sequence of `total` tokens. What remains, before, between and after the held-out blocks, are the
/// training stretches.
struct Split {
    std::int64_t total = 0;
    std::vector<Stretch> heldout;  // ascending, apart from each other, at least one
    std::string text;              // the rule and its numbers on one line; hashed into the corpus digest

    std::int64_t heldout_blocks() const { return static_cast<std::int64_t>(heldout.size()); }
    std::int64_t heldout_tokens() const;
    std::int64_t train_tokens() const { return total - heldout_tokens(); }
    std::vector<Stretch> training() const;
    /// Whether [start, start + count) lies inside the sequence and touches no held-out block.
    bool is_training(std::int64_t start, std::int64_t count) const;
    /// See TokenSource::evaluation_windows.
    std::vector<HeldoutWindow> evaluation_windows(std::int64_t length, std::int64_t tokens) const;
    /// The held-out documents of at least `length` + 1 tokens, as windows that begin with them. Documents that a block
    /// cuts are none. `document_starts` as in documents.hpp.
    std::vector<HeldoutWindow> document_windows(std::int64_t length,
                                                std::span<const std::int64_t> document_starts) const;
};

/// One block in this many is held out.
inline constexpr std::int64_t split_period = 32;

/// Fewest tokens that can be split.
inline constexpr std::int64_t least_tokens = 8 * split_period * 17;

/// Cuts the sequence into blocks of `block_tokens`; the last block of every 32 is held out.
Split split_into_blocks(std::int64_t total, std::int64_t block_tokens);

/// split_into_blocks with the longest block of 2^k + 1 tokens (inputs and shifted targets of a window as long as the
/// block), 2^k in [16, 4096], that leaves at least 8 held-out blocks; up to 2^16 + 1 where 128 are left, so that large
/// corpora can be evaluated at long lengths. Throws IoError if `total` < least_tokens.
Split split_corpus(std::int64_t total);

/// Holds out whole documents: of every 32 * 2^k tokens, those that begin at or after the last 2^k, until they have
/// 2^k + 1 tokens. 2^k is the largest up to 65,536 that leaves at least 32 such blocks. Where a document is longer than
/// 8 * 2^k, or there are too few tokens, split_corpus. `document_starts` as in documents.hpp.
Split split_documents(std::int64_t total, std::span<const std::int64_t> document_starts);

/// `count` of `windows`, spread evenly.
std::vector<HeldoutWindow> spread(const std::vector<HeldoutWindow>& windows, std::int64_t count);

}  // namespace overtake
