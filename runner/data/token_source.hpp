// Where tokens come from: memory-mapped shards seen as one long sequence, split into training and held-out parts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// A prepared corpus, open for reading; copies share the mapping. Training tokens are what the held-out blocks leave.
class TokenSource {
  public:
    /// Opens the corpus that `data` names (prepared by `overtake data`; gcide and synthetic are prepared on the way if absent).
    /// Checks manifest digest against `data.digest` and every id against the vocabulary (once, then cached beside the data).
    /// Throws IoError in words: what is missing, how to make it.
    static TokenSource open(const DataConfig& data);

    std::int64_t train_tokens() const;
    std::int64_t heldout_blocks() const;
    std::int64_t heldout_block_tokens() const;
    double bytes_per_token() const;      // held-out split

    /// Copies `out.size()` consecutive training tokens that begin at `start` (in [0, train_windows range)); windows never
    /// cross a held-out block. See BatchSampler for who chooses start.
    void read_train(std::int64_t start, std::span<std::int64_t> out) const;
    /// Copies tokens of held-out block `block` from `offset`.
    void read_heldout(std::int64_t block, std::int64_t offset, std::span<std::int64_t> out) const;

    /// First tokens of all non-overlapping training windows of `length + 1` tokens (inputs and shifted targets), in corpus order.
    std::int64_t train_windows(std::int64_t length) const;
    std::int64_t train_window_start(std::int64_t length, std::int64_t window) const;

    struct State;

  private:
    std::shared_ptr<const State> state_;
};

}  // namespace overtake
