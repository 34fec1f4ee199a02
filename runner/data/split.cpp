#include "runner/data/split.hpp"

#include <algorithm>

#include "sweeps/errors.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

std::int64_t Split::heldout_tokens() const {
    std::int64_t tokens = 0;
    for (const Stretch& block : heldout) {
        tokens += block.size();
    }
    return tokens;
}

std::vector<Stretch> Split::training() const {
    std::vector<Stretch> stretches;
    std::int64_t begin = 0;
    for (const Stretch& block : heldout) {
        stretches.push_back({begin, block.begin});
        begin = block.end;
    }
    stretches.push_back({begin, total});
    return stretches;
}

bool Split::is_training(std::int64_t start, std::int64_t count) const {
    if (start < 0 || count < 0 || start + count > total) {
        return false;
    }
    const auto next = std::upper_bound(heldout.begin(), heldout.end(), start,
                                       [](std::int64_t place, const Stretch& block) { return place < block.end; });
    return next == heldout.end() || start + count <= next->begin;
}

std::vector<HeldoutWindow> Split::evaluation_windows(std::int64_t length, std::int64_t tokens) const {
    expects(length >= 1 && tokens >= 0, "an evaluation has a length and tokens");
    std::vector<HeldoutWindow> windows;
    std::int64_t longest = 0;
    for (std::int64_t block = 0; block < heldout_blocks(); ++block) {
        const std::int64_t size = heldout[static_cast<std::size_t>(block)].size();
        longest = std::max(longest, size - 1);
        for (std::int64_t offset = 0; offset + length < size; offset += length) {
            windows.push_back({block, offset});
        }
    }
    if (windows.empty()) {
        throw UnfitData("cannot evaluate at length " + std::to_string(length) + " (held-out blocks of this corpus have " +
                      std::to_string(longest + 1) + " tokens); use lengths up to " + std::to_string(longest) +
                      " or a larger corpus");
    }
    return spread(windows, tokens / length);
}

std::vector<HeldoutWindow> Split::document_windows(std::int64_t length,
                                                   std::span<const std::int64_t> document_starts) const {
    std::vector<HeldoutWindow> windows;
    for (std::int64_t block = 0; block < heldout_blocks(); ++block) {
        const auto [begin, end] = heldout[static_cast<std::size_t>(block)];
        auto start = std::lower_bound(document_starts.begin(), document_starts.end(), begin);
        for (; start != document_starts.end() && *start < end; ++start) {
            const std::int64_t document_end = start + 1 == document_starts.end() ? total : start[1];
            if (document_end <= end && document_end - *start > length) {
                windows.push_back({block, *start - begin});
            }
        }
    }
    return windows;
}

std::vector<HeldoutWindow> spread(const std::vector<HeldoutWindow>& windows, std::int64_t count) {
    expects(!windows.empty(), "there are windows to choose from");
    const auto available = static_cast<std::int64_t>(windows.size());
    const std::int64_t chosen = std::clamp<std::int64_t>(count, 1, available);
    std::vector<HeldoutWindow> answer;
    answer.reserve(static_cast<std::size_t>(chosen));
    for (std::int64_t i = 0; i < chosen; ++i) {
        answer.push_back(windows[static_cast<std::size_t>(i * available / chosen)]);
    }
    return answer;
}

Split split_into_blocks(std::int64_t total, std::int64_t block_tokens) {
    Split split{total,
                {},
                "split 1: block " + std::to_string(block_tokens) + ", last of every " + std::to_string(split_period) +
                    ", tokens " + std::to_string(total)};
    const std::int64_t period_tokens = split_period * block_tokens;
    for (std::int64_t end = period_tokens; end <= total; end += period_tokens) {
        split.heldout.push_back({end - block_tokens, end});
    }
    return split;
}

Split split_corpus(std::int64_t total) {
    if (total < least_tokens) {
        throw UnfitData("cannot split a corpus of " + std::to_string(total) + " tokens (at least " +
                      std::to_string(least_tokens) + " are needed for held-out blocks); add text");
    }
    const auto blocks_left = [total](std::int64_t length) { return total / (split_period * (length + 1)); };
    std::int64_t length = 65536;
    while (length > 16 && blocks_left(length) < (length > 4096 ? 128 : 8)) {
        length /= 2;
    }
    return split_into_blocks(total, length + 1);
}

Split split_documents(std::int64_t total, std::span<const std::int64_t> document_starts) {
    constexpr std::int64_t least_blocks = 32, longest_share = 8;
    std::int64_t longest = 0;
    for (std::size_t i = 0; i < document_starts.size(); ++i) {
        longest =
            std::max(longest, (i + 1 < document_starts.size() ? document_starts[i + 1] : total) - document_starts[i]);
    }
    std::int64_t length = 65536;
    while (length > 16 && total / (split_period * length) < least_blocks) {
        length /= 2;
    }
    if (longest > longest_share * length || total / (split_period * length) < least_blocks) {
        return split_corpus(total);
    }
    Split split{total,
                {},
                "split 2: documents from the last " + std::to_string(length) + " of every " +
                    std::to_string(split_period * length) + ", tokens " + std::to_string(total)};
    const auto first_start_from = [&](std::int64_t place) {
        const auto found = std::lower_bound(document_starts.begin(), document_starts.end(), place);
        return found == document_starts.end() ? total : *found;
    };
    for (std::int64_t period = 1; period * split_period * length <= total; ++period) {
        const std::int64_t begin = first_start_from((period * split_period - 1) * length);
        const std::int64_t end = first_start_from(begin + length + 1);
        if (end - begin > length) {
            split.heldout.push_back({begin, end});
        }
    }
    return split;
}

}  // namespace overtake
