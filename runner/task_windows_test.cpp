#include "runner/task_windows.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace overtake {
namespace {

std::vector<std::int64_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(const std::vector<std::int64_t>& tokens) { return {tokens.begin(), tokens.end()}; }
std::vector<std::int64_t> alphabet(std::int64_t size) {
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < size; ++i) {
        all.push_back(100 + i);
    }
    return all;
}

TEST(TaskWindows, PutTheNeedleAtItsDepth) {
    const Needle needle{"[key 7]", "key? ", "7"};
    // 13 bytes are fixed; a length of 20 leaves 8 of filler, half of them before the statement.
    EXPECT_EQ(text_of(needle_window(needle, bytes("abc"), 20, 0.5)->tokens), "abca[key 7]bcabkey? 7");
    EXPECT_EQ(text_of(needle_window(needle, bytes("abc"), 20, 0)->tokens), "[key 7]abcabcabkey? 7");
    EXPECT_EQ(text_of(needle_window(needle, bytes("abc"), 20, 1)->tokens), "abcabcab[key 7]key? 7");
    EXPECT_EQ(needle_window(needle, bytes("abc"), 20, 0.5)->answers, (std::vector<std::int64_t>{20}));
    EXPECT_EQ(text_of(needle_window(needle, bytes("abc"), 12, 0.5)->tokens), "[key 7]key? 7");
    EXPECT_FALSE(needle_window(needle, bytes("abc"), 11, 0.5));
}

TEST(TaskWindows, AskForWhatTheyState) {
    RandomStream random(1);
    const Needle passkey = passkey_needle(random), recall = recall_needle(random);
    EXPECT_EQ(passkey.answer.size(), 5U);
    EXPECT_NE(passkey.statement.find("The pass key is " + passkey.answer + ". "), std::string::npos);
    EXPECT_EQ(recall.statement.size(), 25U);
    const std::string name = recall.statement.substr(12, 4);
    EXPECT_EQ(recall.statement, "\nthe key of " + name + " is " + recall.answer + "\n");
    EXPECT_EQ(recall.question, "\nrecall " + name + ": ");
    RandomStream again(1);
    EXPECT_EQ(passkey_needle(again).statement, passkey.statement);
}

TEST(TaskWindows, CopyRepeatsItself) {
    RandomStream random(2);
    const TaskWindow even = copy_window(8, alphabet(10), random);
    ASSERT_EQ(even.tokens.size(), 9U);
    EXPECT_TRUE(std::equal(even.tokens.begin() + 1, even.tokens.begin() + 5, even.tokens.begin() + 5));
    EXPECT_EQ(even.answers, (std::vector<std::int64_t>{6, 7, 8}));
    const TaskWindow odd = copy_window(7, alphabet(10), random);
    EXPECT_TRUE(std::equal(odd.tokens.begin(), odd.tokens.begin() + 4, odd.tokens.begin() + 4));
    EXPECT_EQ(odd.answers, (std::vector<std::int64_t>{5, 6, 7}));
}

TEST(TaskWindows, InductionHasOneEarlierA) {
    RandomStream random(3);
    const TaskWindow window = induction_window(12, 4, alphabet(5), random);
    const std::int64_t a = window.tokens[11];
    EXPECT_EQ(window.tokens[7], a);
    EXPECT_EQ(window.tokens[8], window.tokens[12]);
    EXPECT_EQ(std::count(window.tokens.begin(), window.tokens.end(), a), 2);
    EXPECT_EQ(window.answers, (std::vector<std::int64_t>{12}));
}

TEST(TaskWindows, RecallAsksEachKeyOnce) {
    RandomStream random(4);
    EXPECT_EQ(recall_pairs(19, 32), 5);
    EXPECT_EQ(recall_pairs(128, 16), 4);
    const TaskWindow window = recall_window(19, 3, alphabet(16), random);
    ASSERT_EQ(window.tokens.size(), 20U);
    EXPECT_EQ(window.answers, (std::vector<std::int64_t>{15, 17, 19}));
    std::set<std::int64_t> asked;
    for (const std::int64_t at : window.answers) {
        const auto key = window.tokens.begin() + at - 1;
        const auto stated = std::find(window.tokens.begin(), window.tokens.end(), *key);
        EXPECT_LT(stated - window.tokens.begin(), 6);
        EXPECT_EQ(stated[1], key[1]);
        EXPECT_GE(key[1], 108);  // values are of the second half
        EXPECT_EQ(std::count(window.tokens.begin(), window.tokens.end(), *key), 2);
        asked.insert(*key);
    }
    EXPECT_EQ(asked.size(), 3U);
}

TEST(TaskWindows, RetrievalFindsTheStatement) {
    RandomStream random(5);
    const Needle needle = recall_needle(random);
    const TaskWindow whole = *needle_window(needle, bytes("some words that say nothing of keys "), 600, 0.3);
    const std::vector<RetrievedWindow> found = retrieve_windows(whole, needle, 64, 1, 100);
    ASSERT_GE(found.size(), 16U);
    EXPECT_NE(text_of(found[0].window.tokens).find(needle.statement), std::string::npos);
    EXPECT_EQ(found[0].window.tokens.size(), 64 + needle.question.size() + 4);
    EXPECT_EQ(found[0].window.answers.size(), 4U);
    EXPECT_GT(found[0].score, 0);
    EXPECT_GE(found[0].score, found[1].score);
    EXPECT_EQ(retrieve_windows(whole, needle, 64, 2, 3).size(), 3U);
}

}  // namespace
}  // namespace overtake
