#include "runner/data/split.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runner/data/train_windows.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

struct Blocks {
    std::int64_t total, block_tokens;
};

/// The obvious slow version: who is held out, token by token.
std::vector<bool> heldout_mask(const Blocks& blocks) {
    const auto [total, block_tokens] = blocks;
    std::vector<bool> heldout(static_cast<std::size_t>(total), false);
    for (std::int64_t block = 0; block * block_tokens < total; ++block) {
        const bool whole = (block + 1) * block_tokens <= total;
        for (std::int64_t i = 0; whole && block % 32 == 31 && i < block_tokens; ++i) {
            heldout[static_cast<std::size_t>(block * block_tokens + i)] = true;
        }
    }
    return heldout;
}

const std::vector<Blocks> sequences{
    {4352, 17}, {5000, 17}, {5439, 17}, {32 * 33 * 5, 33}, {32 * 33 * 5 + 31 * 33, 33}, {32 * 33 * 5 + 1, 33},
    {300, 17}};

TEST(Split, holds_out_the_last_block_of_every_32) {
    for (const Blocks& blocks : sequences) {
        const std::vector<bool> heldout = heldout_mask(blocks);
        const Split split = split_into_blocks(blocks.total, blocks.block_tokens);
        EXPECT_EQ(split.heldout_tokens(), std::count(heldout.begin(), heldout.end(), true));
        EXPECT_EQ(split.train_tokens() + split.heldout_tokens(), split.total);
        for (const Stretch& block : split.heldout) {
            for (std::int64_t i = block.begin; i < block.end; ++i) {
                EXPECT_TRUE(heldout[static_cast<std::size_t>(i)]);
            }
        }
    }
}

TEST(Split, training_windows_never_touch_a_heldout_block) {
    for (const Blocks& blocks : sequences) {
        const std::vector<bool> heldout = heldout_mask(blocks);
        const Split split = split_into_blocks(blocks.total, blocks.block_tokens);
        for (const std::int64_t length : {1, 5, 16, 64, 500, 600}) {
            std::set<std::int64_t> targets;
            const TrainWindows windows(split, length);
            for (std::int64_t window = 0; window < windows.count(); ++window) {
                const std::int64_t start = windows.start(window);
                EXPECT_TRUE(split.is_training(start, length + 1));
                for (std::int64_t i = 0; i <= length; ++i) {
                    ASSERT_LT(start + i, split.total);
                    ASSERT_FALSE(heldout[static_cast<std::size_t>(start + i)])
                        << "length " << length << " window " << window;
                    ASSERT_TRUE(i == 0 || targets.insert(start + i).second) << "a target twice";
                }
            }
            // Only what no window fits into any more is left over: less than a window per stretch.
            const std::int64_t stretches = split.heldout_blocks() + 1;
            EXPECT_GE(static_cast<std::int64_t>(targets.size()), split.train_tokens() - stretches * (length + 1));
        }
    }
}

TEST(Split, knows_what_is_training) {
    const Split split = split_into_blocks(5000, 17);  // held out: 527..543, 1071..1087, ...
    EXPECT_TRUE(split.is_training(0, 527));
    EXPECT_FALSE(split.is_training(0, 528));
    EXPECT_FALSE(split.is_training(530, 1));
    EXPECT_FALSE(split.is_training(543, 10));
    EXPECT_TRUE(split.is_training(544, 10));
    EXPECT_TRUE(split.is_training(4990, 10));
    EXPECT_FALSE(split.is_training(4990, 11));
    EXPECT_FALSE(split.is_training(-1, 2));
}

TEST(Split, evaluation_windows_are_spread_and_do_not_overlap) {
    const Split split = split_into_blocks(32 * 4097 * 20, 4097);
    for (const std::int64_t length : {128, 500, 512, 2048, 4096}) {
        for (const std::int64_t tokens : {8192, 65536, 1 << 30}) {
            const std::vector<HeldoutWindow> windows = split.evaluation_windows(length, tokens);
            const std::int64_t available = 20 * (4096 / length);
            EXPECT_EQ(static_cast<std::int64_t>(windows.size()), std::min(available, tokens / length));
            std::vector<std::int64_t> per_block(20, 0);
            std::int64_t free = -1;
            for (const HeldoutWindow& window : windows) {
                ASSERT_TRUE(window.block >= 0 && window.block < 20);
                ASSERT_TRUE(window.offset >= 0 && window.offset + length + 1 <= 4097);
                ASSERT_GE(window.block * 4097 + window.offset, free) << "targets overlap";
                free = window.block * 4097 + window.offset + length;
                ++per_block[static_cast<std::size_t>(window.block)];
            }
            const auto [least, most] = std::minmax_element(per_block.begin(), per_block.end());
            EXPECT_LE(*most - *least, 1) << "length " << length << " tokens " << tokens;
        }
    }
    EXPECT_EQ(split.evaluation_windows(512, 0).size(), 1U);
    EXPECT_EQ(split.evaluation_windows(2048, 4096), (std::vector<HeldoutWindow>{{0, 0}, {10, 0}}));
    try {
        split.evaluation_windows(4097, 65536);
        FAIL() << "a window longer than a block was given";
    } catch (const IoError& error) {
        EXPECT_NE(std::string(error.what()).find("use lengths up to 4096"), std::string::npos);
    }
}

TEST(SplitCorpus, chooses_blocks_by_size) {
    EXPECT_EQ(split_corpus(28'927'445).heldout.front().size(), 4097);  // gcide
    EXPECT_EQ(split_corpus(28'927'445).heldout_blocks(), 220);
    EXPECT_EQ(split_corpus(1 << 20).heldout.front().size(), 2049);
    EXPECT_EQ(split_corpus(8 * 32 * 4097).heldout.front().size(), 4097);
    EXPECT_EQ(split_corpus(8 * 32 * 4097 - 1).heldout.front().size(), 2049);
    EXPECT_EQ(split_corpus(128LL * 32 * 65537).heldout.front().size(), 65537);
    EXPECT_EQ(split_corpus(128LL * 32 * 65537 - 1).heldout.front().size(), 32769);
    EXPECT_EQ(split_corpus(least_tokens).heldout.front().size(), 17);
    EXPECT_EQ(split_corpus(least_tokens).heldout_blocks(), 8);
    EXPECT_THROW(split_corpus(least_tokens - 1), IoError);
    for (std::int64_t total = 100'000; total < 1'000'000'000; total = total * 3 / 2) {
        const Split split = split_corpus(total);
        const double share = static_cast<double>(split.heldout_tokens()) / static_cast<double>(total);
        EXPECT_TRUE(share > 0.02 && share <= 1.0 / 32) << total << ": " << share;
    }
}

TEST(SplitDocuments, holds_out_whole_documents) {
    // Documents of 40 tokens: 2^k is 32 (40,000 / 1,024 = 39 blocks), so of every 1,024 tokens those from 992 on.
    std::vector<std::int64_t> starts;
    for (std::int64_t start = 0; start < 40'000; start += 40) {
        starts.push_back(start);
    }
    const Split split = split_documents(40'000, starts);
    EXPECT_EQ(split.text, "split 2: documents from the last 32 of every 1024, tokens 40000");
    ASSERT_EQ(split.heldout_blocks(), 39);
    EXPECT_EQ(split.heldout[0], (Stretch{1000, 1040}));
    EXPECT_EQ(split.heldout[1], (Stretch{2040, 2080}));  // the first start from 2,016 on
    EXPECT_EQ(split.train_tokens(), 40'000 - 39 * 40);
    EXPECT_EQ(split.document_windows(39, starts).size(), 39U);
    EXPECT_EQ(split.document_windows(39, starts)[1], (HeldoutWindow{1, 0}));
    EXPECT_TRUE(split.document_windows(40, starts).empty()) << "a window needs length + 1 tokens";
}

TEST(SplitDocuments, takes_as_many_as_fill_a_block) {
    std::vector<std::int64_t> starts;
    for (std::int64_t start = 0; start < 40'000; start += 10) {
        starts.push_back(start);
    }
    const Split split = split_documents(40'000, starts);
    EXPECT_EQ(split.heldout[0], (Stretch{1000, 1040}));  // 40 tokens are the first multiple of 10 from 33 on
    EXPECT_EQ(split.document_windows(9, starts).size(), 4U * 39);
    EXPECT_EQ(split.document_windows(9, starts)[5], (HeldoutWindow{1, 10}));
    EXPECT_EQ(split.evaluation_windows(13, 1 << 20).size(), 3U * 39);
    EXPECT_EQ(split.evaluation_windows(39, 2 * 39), (std::vector<HeldoutWindow>{{0, 0}, {19, 0}}));
}

TEST(SplitDocuments, cuts_documents_that_are_too_long_to_hold_out) {
    const std::vector<std::int64_t> starts{0, 20'000, 20'300};
    EXPECT_EQ(split_documents(40'000, starts).text, split_corpus(40'000).text);
    EXPECT_TRUE(split_documents(40'000, starts).document_windows(1, starts).empty()) << "a block cuts each";
}

}  // namespace
}  // namespace overtake
