#include "runner/data/bpe.hpp"

#include <string>

#include <gtest/gtest.h>

#include "runner/data/test_folder.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

/// A text with enough different words to train on.
std::string small_text() {
    const std::string stems[] = {"lark", "larch",   "large", "largess", "lariat",
                                 "sing", "singing", "song",  "joint",   "jointed"};
    std::string text;
    for (int i = 0; i < 400; ++i) {
        text +=
            stems[i % 10] + " " + stems[i * 7 % 10] + "s and the " + stems[i * 3 % 10] + (i % 5 == 0 ? ".\n" : ", ");
    }
    return text;
}

std::string train(const std::string& text, std::int64_t vocabulary) {
    return train_bpe([&text](const TakeText& take) { take(text, true); }, static_cast<std::int64_t>(text.size()),
                     vocabulary);
}

bool built_without_sentencepiece() {
    return message_of<IoError>([] { BpeTokenizer("no model"); }).find("built without SentencePiece") !=
           std::string::npos;
}

TEST(Bpe, gives_back_any_text_and_shortens_its_own) {
    if (built_without_sentencepiece()) {
        GTEST_SKIP() << "built without SentencePiece";
    }
    const std::string text = small_text();
    const BpeTokenizer tokenizer(train(text, 320));
    EXPECT_EQ(tokenizer.vocabulary(), 320);
    for (const std::string& sample :
         {text, std::string("  two  spaces \n\n tab\t end "),
          std::string("na\xC3\xAFve \xE2\x82\xAC 100 \xF0\x9F\x90\xA6"), std::string(), std::string("\n")}) {
        const auto ids = tokenizer.encode(sample);
        EXPECT_EQ(tokenizer.decode(ids), sample);
        std::int64_t bytes = 0;
        for (const std::int64_t id : ids) {
            ASSERT_TRUE(id >= 0 && id < 320);
            bytes += tokenizer.piece_bytes(id);
        }
        EXPECT_EQ(bytes, static_cast<std::int64_t>(sample.size()));
    }
    EXPECT_LT(tokenizer.encode(text).size() * 3, text.size());
}

TEST(Bpe, is_trained_to_the_same_bytes_every_time) {
    if (built_without_sentencepiece()) {
        GTEST_SKIP() << "built without SentencePiece";
    }
    EXPECT_EQ(train(small_text(), 300), train(small_text(), 300));
}

TEST(Bpe, refuses_in_words) {
    const std::string wanted =
        built_without_sentencepiece() ? "built without SentencePiece" : "cannot train a BPE vocabulary of 100";
    EXPECT_NE(message_of<IoError>([] { train(small_text(), 100); }).find(wanted), std::string::npos);
    EXPECT_NE(message_of<IoError>([] { BpeTokenizer("no model"); }), "");
}

}  // namespace
}  // namespace overtake
