// Windows that ask a model for something it can only know from far back: tokens in, places of the expected answers out.
//
// Pure and seeded: the same window for every scheme and seed of a sweep. Text tasks speak bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runner/data/random_stream.hpp"

namespace overtake {

/// Input t is tokens[t], its target tokens[t + 1].
struct TaskWindow {
    std::vector<std::int64_t> tokens;   // length + 1
    std::vector<std::int64_t> answers;  // ascending indices into tokens, at least 1, of what is scored
    bool operator==(const TaskWindow&) const = default;
};

/// A number that a text states and later asks for.
struct Needle {
    std::string statement, question, answer;
};

/// "The pass key is 48213. Remember it. ...", five digits (after Mohtashami and Jaggi 2023, arXiv:2305.16300, section 4.2).
Needle passkey_needle(RandomStream& random);
/// "the key of qtzf is 4821" and "recall qtzf: ", the lines of planted recall (runner/data), which a model may have trained on.
Needle recall_needle(RandomStream& random);

/// `length` + 1 bytes: filler with the statement in it after the share `depth` of the filler, then question and answer. The
/// filler's first bytes are used, repeated if they don't last. nullopt if the needle doesn't fit.
std::optional<TaskWindow> needle_window(const Needle& needle, std::span<const std::int64_t> filler, std::int64_t length, double depth);

/// Repeated sentences, as in the passkey task of Mohtashami and Jaggi.
std::vector<std::int64_t> passkey_filler();

/// Random tokens of the alphabet, then the same again; scored are all of the repetition but its first, which nothing announces.
TaskWindow copy_window(std::int64_t length, std::span<const std::int64_t> alphabet, RandomStream& random);

/// Random tokens in which A B stands once, and ends with A `lag` tokens later; B is scored. 1 < lag < length.
/// Source: Olsson et al. 2022, arXiv:2209.11895.
TaskWindow induction_window(std::int64_t length, std::int64_t lag, std::span<const std::int64_t> alphabet, RandomStream& random);

/// Pairs of key and value, filler, then the keys in another order, each with its value, which is scored. Keys are distinct and of
/// the alphabet's first half, with the filler; values of the second. Source: Arora et al. 2023, arXiv:2312.04927, section 3.
TaskWindow recall_window(std::int64_t length, std::int64_t pairs, std::span<const std::int64_t> alphabet, RandomStream& random);

/// Pairs that such a window has room for, at most 8.
std::int64_t recall_pairs(std::int64_t length, std::size_t alphabet);

/// Contexts of a needle window that BM25 retrieves for its question: chunks of `chunk` bytes, one every half of that, so that a
/// statement up to half a chunk long is whole in one. `per_read` of them, in their order in the window, and question and answer
/// behind.
struct RetrievedWindow {
    TaskWindow window;
    double score;  // sum of its chunks'
};
/// Best first: the best `per_read` chunks, the next ones and so on, at most `reads`.
std::vector<RetrievedWindow> retrieve_windows(const TaskWindow& whole, const Needle& needle, std::int64_t chunk, std::int64_t per_read,
                                              std::int64_t reads);

}  // namespace overtake
