#include "runner/data/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Ids = std::vector<std::int64_t>;

/// Passages of the language: each begins with clock token 0 where the clock does not stand at 0 by going round.
std::vector<Ids> passages(const Ids& text, const SyntheticVocabulary& vocabulary) {
    std::vector<Ids> all;
    for (const std::int64_t id : text) {
        const bool clock_place = all.empty() || all.back().size() % 16 == 0;
        const bool continues = !all.empty() && clock_place &&
                               static_cast<std::int64_t>(all.back().size()) / 16 % vocabulary.clocks() == id;
        if (clock_place && id == 0 && !continues) {
            all.emplace_back();
        }
        all.back().push_back(id);
    }
    return all;
}

TEST(SyntheticTokens, are_pinned) {
    EXPECT_EQ(synthetic_text({.tokens = 24, .seed = 0}, 256).tokens,
              (Ids{0,   151, 72,  234, 77, 116, 187, 105, 153, 152, 114, 170,
                   230, 189, 169, 118, 1,  138, 113, 108, 65,  189, 169, 129}));
    EXPECT_EQ(synthetic_text({.tokens = 24, .seed = 1}, 32).tokens,
              (Ids{0, 21, 26, 25, 24, 26, 25, 26, 26, 26, 26, 25, 24, 26, 16, 27, 1, 27, 29, 17, 24, 28, 26, 25}));
}

TEST(SyntheticTokens, begin_alike_at_every_size_and_differ_by_seed) {
    const Ids longer = synthetic_text({.tokens = 5000, .seed = 4}, 256).tokens;
    const Ids shorter = synthetic_text({.tokens = 700, .seed = 4}, 256).tokens;
    EXPECT_EQ(longer.size(), 5000U);
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
    EXPECT_NE(shorter, synthetic_text({.tokens = 700, .seed = 5}, 256).tokens);
    EXPECT_TRUE(synthetic_text({.tokens = 0, .seed = 4}, 256).tokens.empty());
}

TEST(SyntheticTokens, tell_the_position_and_recall_at_a_distance) {
    const SyntheticVocabulary vocabulary{256};
    const Ids text = synthetic_text({.tokens = 200'000, .seed = 7}, vocabulary.size).tokens;
    std::map<std::int64_t, std::int64_t> recalls;
    std::int64_t clocks = 0;
    for (const Ids& passage : passages(text, vocabulary)) {
        for (std::size_t p = 0; p < passage.size(); ++p) {
            const std::int64_t id = passage[p];
            ASSERT_TRUE(id >= 0 && id < 256);
            ASSERT_EQ(p % 16 == 0, id < vocabulary.clocks()) << "position " << p;
            if (p % 16 == 0) {
                ASSERT_EQ(id, static_cast<std::int64_t>(p / 16) % 64);
                ++clocks;
            } else if (vocabulary.is_cue(passage[p - 1])) {
                const std::int64_t distance = vocabulary.distance(passage[p - 1]);
                ASSERT_EQ(id, passage[p - static_cast<std::size_t>(distance)])
                    << "position " << p << " distance " << distance;
                ASSERT_TRUE(vocabulary.is_word(id));
                ++recalls[distance];
            }
        }
    }
    EXPECT_EQ(clocks, 200'000 / 16);
    for (const std::int64_t distance : {4, 8, 16, 32, 64, 128, 256, 512}) {
        EXPECT_GT(recalls[distance], 500) << "distance " << distance;
    }
}

TEST(SyntheticTokens, follow_a_word_with_few_others) {
    const SyntheticVocabulary vocabulary{256};
    const Ids text = synthetic_text({.tokens = 200'000, .seed = 7}, vocabulary.size).tokens;
    std::map<std::int64_t, std::set<std::int64_t>> followers;
    for (std::size_t p = 1; p < text.size(); ++p) {
        if (vocabulary.is_word(text[p]) && vocabulary.is_word(text[p - 1])) {
            followers[text[p - 1]].insert(text[p]);
        }
    }
    for (const auto& [word, after] : followers) {
        EXPECT_LE(after.size(), 16U) << "word " << word;
    }
}

TEST(SyntheticTokens, refuse_a_vocabulary_without_words) {
    EXPECT_THROW(synthetic_text({}, 31), std::logic_error);
}

}  // namespace
}  // namespace overtake
