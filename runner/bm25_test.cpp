#include "runner/bm25.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Words = std::vector<std::string>;

std::vector<std::int64_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

// Three texts of 2, 1 and 3 words, mean 2. "fox" is in the first (once) and the third (twice): idf = ln(1 + 1.5 / 2.5) = ln 1.6.
// First: discount 1, 2.2 / (1 + 1.2) = 1. Third: discount 0.25 + 0.75 * 1.5 = 1.375, 2 * 2.2 / (2 + 1.65) = 88/73.
TEST(Bm25, IsTheFormula) {
    const std::vector<Words> texts{{"red", "fox"}, {"hen"}, {"fox", "den", "fox"}};
    const std::vector<double> scores = bm25_scores(Words{"fox"}, texts);
    EXPECT_NEAR(scores[0], std::log(1.6), 1e-12);
    EXPECT_EQ(scores[1], 0);
    EXPECT_NEAR(scores[2], std::log(1.6) * 88 / 73, 1e-12);
    // "hen" is in one of three: idf = ln(1 + 2.5 / 1.5); discount 0.25 + 0.375 = 0.625, 2.2 / (1 + 0.75).
    EXPECT_NEAR(bm25_scores(Words{"hen"}, texts)[1], std::log(8.0 / 3) * 2.2 / 1.75, 1e-12);
    EXPECT_EQ(bm25_ranking(bm25_scores(Words{"fox", "hen"}, texts)), (std::vector<std::size_t>{1, 2, 0}));
}

TEST(Bm25, FindsNothingInNothing) {
    EXPECT_TRUE(bm25_scores(Words{"fox"}, {}).empty());
    EXPECT_EQ(bm25_ranking(std::vector<double>{0, 0}), (std::vector<std::size_t>{0, 1}));
}

TEST(Bm25, TakesWordsFromBytes) {
    EXPECT_EQ(words_of(bytes("\nThe key of qtzf is 4821.\n")), (Words{"the", "key", "of", "qtzf", "is", "4821"}));
    EXPECT_EQ(words_of(bytes(" .-")), Words{});
}

}  // namespace
}  // namespace overtake
