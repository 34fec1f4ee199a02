#include "runner/data/recall.hpp"

#include <map>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Ids = std::vector<std::int64_t>;

Ids ids_of(std::string_view text) {
    return {text.begin(), text.end()};
}

struct Planted {
    std::string text;
    std::vector<PlantedAnswer> answers;
};

/// Text of `tokens` dots, in documents of `document` dots, given in pieces of 777.
Planted plant(double share, const Ids& distances, std::int64_t tokens, std::int64_t document) {
    Planted planted;
    RecallPlanter planter(share, distances, ids_of,
                          [&](std::span<const std::int64_t> ids) { planted.text.append(ids.begin(), ids.end()); });
    for (std::int64_t begin = 0; begin < tokens; begin += document) {
        planter.begin_document();
        for (std::int64_t done = 0; done < document; done += 777) {
            planter.append(Ids(static_cast<std::size_t>(std::min<std::int64_t>(777, document - done)), '.'));
        }
    }
    planted.answers = planter.answers();
    return planted;
}

std::string at(const Planted& planted, std::int64_t begin, std::int64_t count) {
    return planted.text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
}

TEST(RecallPlanter, tells_and_asks_at_exact_distances) {
    const Planted planted = plant(0.1, {32, 64, 1000}, 500'000, 500'000);
    std::map<std::int64_t, int> asked;
    for (const PlantedAnswer& answer : planted.answers) {
        ++asked[answer.distance];
        const std::string key = at(planted, answer.key_begin, 28), name = key.substr(12, 4), value = key.substr(20, 4);
        ASSERT_EQ(key.substr(0, 12) + key.substr(16, 4), "\nthe key of  is ") << key;
        ASSERT_EQ(answer.tokens, 4);
        ASSERT_EQ(at(planted, answer.begin, 4), value);
        ASSERT_EQ(at(planted, answer.begin - answer.distance, 4), value);
        ASSERT_EQ(at(planted, answer.begin - 14, 14), "\nrecall " + name + ": ");
        ASSERT_EQ(at(planted, answer.begin + 4, 1), "\n");
    }
    EXPECT_EQ(asked.size(), 3U);
    for (const auto& [distance, count] : asked) {
        EXPECT_NEAR(count, 421, 60) << distance;  // a third of 555,000 x 0.1 / 44 tokens a pair
    }
    const auto dots = std::count(planted.text.begin(), planted.text.end(), '.');
    EXPECT_EQ(dots, 500'000) << "text was lost";
    EXPECT_NEAR(1 - 500'000.0 / static_cast<double>(planted.text.size()), 0.1, 0.01);
}

TEST(RecallPlanter, keeps_a_question_in_its_document) {
    const Planted planted = plant(0.2, {64, 5000}, 300'000, 1000);
    EXPECT_FALSE(planted.answers.empty());
    for (const PlantedAnswer& answer : planted.answers) {
        EXPECT_EQ(answer.distance, 64);
        // A document's dots are counted from the beginning, so its number is known.
        const auto dots = [&](std::int64_t place) {
            return std::count(planted.text.begin(), planted.text.begin() + place, '.') / 1000;
        };
        ASSERT_EQ(dots(answer.key_begin), dots(answer.begin));
    }
}

TEST(RecallPlanter, is_pinned) {
    const Planted planted = plant(0.5, {32}, 200, 200);
    EXPECT_EQ(planted.text.substr(0, 201),
              std::string(144, '.') + "\nthe key of whng is 8684\n.............\nrecall whng: 8684\n");
    EXPECT_EQ(planted.answers.front(), (PlantedAnswer{196, 4, 32, 144}));
}

}  // namespace
}  // namespace overtake
