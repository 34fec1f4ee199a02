// The training windows of one length, by number.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

struct Split;

/// Windows of `length` + 1 tokens (inputs and shifted targets) that begin every `length` tokens of each training
/// stretch, in corpus order: every token but a stretch's first is a target at most once, and no window touches a
/// held-out block.
class TrainWindows {
  public:
    /// Throws std::logic_error if length < 1.
    TrainWindows(const Split& split, std::int64_t length);
    std::int64_t count() const { return first_windows_.back(); }
    /// Place of the window's first token in the whole sequence. Throws std::logic_error if window >= count().
    std::int64_t start(std::int64_t window) const;

  private:
    std::int64_t length_;
    std::vector<std::int64_t> begins_;         // of stretches
    std::vector<std::int64_t> first_windows_;  // of stretches, and at the end the number of windows
};

}  // namespace overtake
