#include "runner/data/batch_sampler.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Windows = std::vector<std::int64_t>;

Windows all_windows(std::int64_t count) {
    Windows windows(static_cast<std::size_t>(count));
    std::iota(windows.begin(), windows.end(), 0);
    return windows;
}

TEST(BatchWindows, are_every_window_once_per_epoch) {
    for (const std::int64_t windows : {1, 2, 3, 4, 5, 16, 17, 64, 100, 1000, 4097}) {
        for (const std::int64_t epoch : {0, 1, 7}) {
            Windows seen = batch_windows(3, epoch, windows, windows);
            std::sort(seen.begin(), seen.end());
            EXPECT_EQ(seen, all_windows(windows)) << windows << " windows, epoch " << epoch;
        }
    }
}

TEST(BatchWindows, do_not_depend_on_how_the_stream_is_cut) {
    const Windows whole = batch_windows(5, 0, 240, 100);
    for (const std::int64_t batch : {1, 8, 48, 120}) {
        Windows pieces;
        for (std::int64_t step = 0; step < 240 / batch; ++step) {
            const Windows piece = batch_windows(5, step, batch, 100);
            pieces.insert(pieces.end(), piece.begin(), piece.end());
        }
        EXPECT_EQ(pieces, whole) << "batches of " << batch;
    }
}

TEST(BatchWindows, differ_by_seed_and_by_epoch) {
    EXPECT_NE(batch_windows(0, 0, 50, 50), batch_windows(1, 0, 50, 50));
    EXPECT_NE(batch_windows(0, 0, 50, 50), batch_windows(0, 1, 50, 50));
    EXPECT_NE(batch_windows(-1, 0, 50, 50), batch_windows(1, 0, 50, 50));
}

TEST(BatchWindows, are_pinned) {
    EXPECT_EQ(batch_windows(0, 0, 8, 1000), (Windows{614, 17, 810, 328, 512, 554, 263, 299}));
    EXPECT_EQ(batch_windows(1, 12345, 4, 109450), (Windows{40682, 39514, 66425, 65437}));
}

TEST(BatchWindows, spread_over_the_corpus) {
    const std::int64_t windows = 100'000;
    double mean = 0, neighbours = 0;
    const Windows first = batch_windows(0, 0, 10'000, windows);
    for (std::size_t i = 0; i < first.size(); ++i) {
        mean += static_cast<double>(first[i]) / 10'000;
        neighbours += i > 0 && std::abs(first[i] - first[i - 1]) < windows / 100;
    }
    EXPECT_NEAR(mean, 50'000, 1'500);  // 5 standard deviations of a mean of uniforms
    EXPECT_NEAR(neighbours, 199, 75);  // two of a hundred, 5 standard deviations
}

TEST(BatchWindows, refuse_an_empty_corpus) {
    EXPECT_THROW(batch_windows(0, 0, 1, 0), std::logic_error);
}

}  // namespace
}  // namespace overtake
