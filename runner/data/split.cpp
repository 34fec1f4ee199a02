#include "runner/data/split.hpp"

#include <algorithm>

#include "sweeps/errors.hpp"

namespace overtake {

bool Split::is_training(std::int64_t start, std::int64_t count) const {
    if (start < 0 || count < 0 || start + count > total) {
        return false;
    }
    const std::int64_t next_block = start / (period * block_tokens);
    return next_block >= heldout_blocks() || start + count <= block_start(next_block);
}

std::int64_t Split::train_windows(std::int64_t length) const {
    expects(length >= 1, "a window has at least one token");
    const std::int64_t stretch = (period - 1) * block_tokens;
    const std::int64_t rest = total - heldout_blocks() * period * block_tokens;
    return heldout_blocks() * ((stretch - 1) / length) + std::max<std::int64_t>(0, rest - 1) / length;
}

std::int64_t Split::train_window_start(std::int64_t length, std::int64_t window) const {
    expects(window >= 0 && window < train_windows(length), "the window is one of train_windows");
    const std::int64_t per_stretch = ((period - 1) * block_tokens - 1) / length;
    const std::int64_t stretch = per_stretch == 0 ? heldout_blocks() : std::min(window / per_stretch, heldout_blocks());
    return stretch * period * block_tokens + (window - stretch * per_stretch) * length;
}

std::vector<HeldoutWindow> Split::evaluation_windows(std::int64_t length, std::int64_t tokens) const {
    expects(length >= 1 && tokens >= 0, "an evaluation has a length and tokens");
    const std::int64_t per_block = (block_tokens - 1) / length;
    if (per_block == 0) {
        throw IoError("cannot evaluate at length " + std::to_string(length) + " (held-out blocks of this corpus have " +
                      std::to_string(block_tokens) + " tokens); use lengths up to " + std::to_string(block_tokens - 1) +
                      " or a larger corpus");
    }
    const std::int64_t available = heldout_blocks() * per_block;
    const std::int64_t count = std::clamp<std::int64_t>(tokens / length, 1, available);
    std::vector<HeldoutWindow> windows;
    windows.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t window = i * available / count;
        windows.push_back({window / per_block, window % per_block * length});
    }
    return windows;
}

std::string Split::text() const {
    return "split 1: block " + std::to_string(block_tokens) + ", last of every " + std::to_string(period) +
           ", tokens " + std::to_string(total);
}

Split split_corpus(std::int64_t total) {
    if (total < least_tokens) {
        throw IoError("cannot split a corpus of " + std::to_string(total) + " tokens (at least " +
                      std::to_string(least_tokens) + " are needed for held-out blocks); add text");
    }
    const auto blocks_left = [total](std::int64_t length) { return total / (Split::period * (length + 1)); };
    std::int64_t length = 65536;
    while (length > 16 && blocks_left(length) < (length > 4096 ? 128 : 8)) {
        length /= 2;
    }
    return {total, length + 1};
}

}  // namespace overtake
