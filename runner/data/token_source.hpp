// Where tokens come from: memory-mapped shards seen as one long sequence, split into training and held-out parts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runner/data/train_windows.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// A stretch of a held-out block: it begins at token `offset` of block `block`.
struct HeldoutWindow {
    std::int64_t block = 0;
    std::int64_t offset = 0;
    bool operator==(const HeldoutWindow&) const = default;
};

/// A planted answer as a window's targets have it: targets [target, target + tokens) are the answer, whose value stands
/// `distance` tokens before.
struct WindowAnswer {
    std::int64_t target = 0, tokens = 0, distance = 0;
    bool operator==(const WindowAnswer&) const = default;
};

struct Split;

/// A prepared corpus, open for reading; copies share the mapping. Training tokens are what the held-out blocks leave.
/// Reading is thread-safe.
class TokenSource {
  public:
    /// Opens the corpus that `data` names; what is not prepared yet is prepared on the way, as `overtake data` would.
    /// Checks manifest digest against `data.digest` (unless that is empty) and every id against the vocabulary (once,
    /// then cached beside the data by size and time of each shard). Any number of processes may open at once. Throws
    /// IoError in words: what is missing or wrong, how to make it.
    static TokenSource open(const DataConfig& data);

    std::int64_t train_tokens() const;
    std::int64_t heldout_blocks() const;
    std::int64_t heldout_block_tokens() const;  // of the longest block
    double bytes_per_token() const;             // held-out split; 0: unknown (foreign shards)

    /// Copies `out.size()` consecutive tokens from `start`, a place in the whole sequence as TrainWindows::start
    /// answers it. Throws std::logic_error if they leave the sequence or touch a held-out block.
    void read_train(std::int64_t start, std::span<std::int64_t> out) const;
    /// Copies tokens of held-out block `block` from `offset`. Throws std::logic_error if they leave the block.
    void read_heldout(std::int64_t block, std::int64_t offset, std::span<std::int64_t> out) const;

    /// Training windows of `length` + 1 tokens (inputs and shifted targets): two neighbours share one token, no two
    /// share a target, none touches a held-out block.
    TrainWindows train_windows(std::int64_t length) const;

    /// Held-out windows of `length` + 1 tokens whose targets do not overlap, `tokens` / `length` of them (at least one,
    /// at most what the blocks hold), spread evenly over the blocks: a function of the arguments and the corpus alone,
    /// so every scheme is scored on the same targets. Throws IoError if a block is shorter than a window.
    std::vector<HeldoutWindow> evaluation_windows(std::int64_t length, std::int64_t tokens) const;

    /// The same at the places that a sweep asks for. WindowPlaces::documents: windows that begin with a held-out
    /// document of at least `length` + 1 tokens. Throws IoError if there is none, or no document is known.
    std::vector<HeldoutWindow> evaluation_windows(std::int64_t length, std::int64_t tokens, WindowPlaces places) const;

    /// The same corpus with windows from that part of the held-out blocks alone: every second one, or the others.
    TokenSource part(HeldoutPart part) const;

    bool has_documents() const;
    /// For each of `out.size()` tokens from place `start` of the whole sequence: index, counted from `start`, where its
    /// document begins; 0 for the document that began before. Throws std::logic_error unless has_documents().
    void read_starts(std::int64_t start, std::span<std::int32_t> out) const;
    /// Place in the whole sequence of the window's first token.
    std::int64_t place_of(const HeldoutWindow& window) const;

    /// The planted answers that lie whole within the targets of a held-out window of `length` + 1 tokens together with
    /// their key, ascending. Empty for a corpus without planted recall.
    std::vector<WindowAnswer> answers(const HeldoutWindow& window, std::int64_t length) const;

    struct State;

  private:
    explicit TokenSource(std::shared_ptr<const State> state) : state_(std::move(state)) {}

    Split seen() const;
    std::vector<HeldoutWindow> among_all(std::vector<HeldoutWindow> windows) const;

    std::shared_ptr<const State> state_;
    HeldoutPart part_ = HeldoutPart::all;
};

}  // namespace overtake
