#include "runner/data/prepare.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runner/data/bpe.hpp"
#include "runner/data/test_folder.hpp"
#include "runner/data/token_sequence.hpp"
#include "runner/data/token_source.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

std::string dictionary_text() {
    std::string text;
    for (int i = 0; i < 300; ++i) {
        text += "Word" + std::to_string(i) + " \\Word\\, n.\n   A word that means the number " + std::to_string(i * i) +
                ".\n\n";
    }
    return text;
}

TEST(PrepareCorpus, makes_gcide_once) {
    const TestFolder folder;
    DataConfig data;
    data.folder = (folder / "data").string();
    PrepareOptions options;
    options.dictionary = folder.write("small.dict", dictionary_text());
    const PreparedCorpus made = prepare_corpus(data, options);
    EXPECT_FALSE(made.was_there);
    EXPECT_EQ(made.manifest.corpus, "gcide");
    EXPECT_EQ(made.manifest.bytes_per_token, 1);
    EXPECT_EQ(made.manifest.digest.size(), 32U);
    EXPECT_TRUE(prepare_corpus(data, options).was_there);
    EXPECT_TRUE(prepare_corpus(data).was_there) << "no dictionary named: what is there will do";
    EXPECT_EQ(find_data_manifest(data)->digest, made.manifest.digest);

    const TokenSource source = TokenSource::open(data);
    std::vector<std::int64_t> ids(9);
    source.read_train(0, ids);
    EXPECT_EQ(std::string(ids.begin(), ids.end()), "Word0, n.");
    EXPECT_EQ(source.train_tokens(), made.manifest.train_tokens);
    EXPECT_EQ(source.heldout_blocks() * source.heldout_block_tokens(), made.manifest.heldout_tokens);

    options.dictionary = folder.write("other.dict", dictionary_text() + "Last \\Last\\\n");
    EXPECT_FALSE(prepare_corpus(data, options).was_there);
    EXPECT_NE(find_data_manifest(data)->digest, made.manifest.digest);
}

TEST(PrepareCorpus, makes_the_synthetic_language_of_a_size) {
    const TestFolder folder;
    DataConfig data;
    data.corpus = "synthetic";
    data.vocabulary = 64;
    data.folder = folder.path().string();
    PrepareOptions options;
    options.synthetic = SyntheticOptions{.tokens = 10'000, .seed = 3};
    const DataManifest manifest = prepare_corpus(data, options).manifest;
    EXPECT_EQ(manifest.train_tokens + manifest.heldout_tokens, 10'000);
    EXPECT_TRUE(prepare_corpus(data).was_there);
    options.synthetic->seed = 4;
    EXPECT_FALSE(prepare_corpus(data, options).was_there);
    data.vocabulary = 16;
    EXPECT_THROW(prepare_corpus(data, options), ConfigError);
    data.vocabulary = 512;
    data.tokenizer = "bpe";
    EXPECT_THROW(prepare_corpus(data, options), ConfigError);
}

TEST(PrepareCorpus, follows_text_files_that_change) {
    const TestFolder folder;
    DataConfig data;
    data.corpus = "files";
    data.folder = (folder / "data").string();
    data.shards = {folder.write("a.txt", std::string(5000, 'a')), folder.write("b.txt", std::string(100, 'b'))};
    const DataManifest manifest = prepare_corpus(data).manifest;
    EXPECT_EQ(manifest.train_tokens + manifest.heldout_tokens, 5100);
    EXPECT_TRUE(prepare_corpus(data).was_there);
    folder.write("b.txt", std::string(101, 'c'));
    const PreparedCorpus again = prepare_corpus(data);
    EXPECT_FALSE(again.was_there);
    EXPECT_NE(again.manifest.digest, manifest.digest);
}

TEST(PrepareCorpus, takes_several_text_files_as_documents) {
    const TestFolder folder;
    DataConfig data;
    data.corpus = "files";
    data.folder = (folder / "data").string();
    for (int i = 0; i < 200; ++i) {
        data.shards.push_back(
            folder.write("t" + std::to_string(i) + ".txt", std::string(300, static_cast<char>('a' + i % 26))));
    }
    prepare_corpus(data);
    EXPECT_EQ(read_marks(data).document_starts.size(), 200U);
    EXPECT_EQ(read_marks(data).document_starts[2], 600);
    EXPECT_TRUE(TokenSource::open(data).has_documents());
    data.shards.resize(20);
    prepare_corpus(data);
    EXPECT_TRUE(TokenSource::open(data).has_documents()) << "documents too long to be held out whole are known too";
    data.shards = {folder.write("one.txt", std::string(6000, 'a'))};
    prepare_corpus(data);
    EXPECT_FALSE(TokenSource::open(data).has_documents());
}

TEST(PrepareCorpus, knows_the_passages_of_the_synthetic_language) {
    const TestFolder folder;
    DataConfig data;
    data.corpus = "synthetic";
    data.vocabulary = 64;
    data.folder = folder.path().string();
    PrepareOptions options;
    options.synthetic = SyntheticOptions{.tokens = 100'000, .seed = 3};
    const DataManifest manifest = prepare_corpus(data, options).manifest;
    data.documents = Documents::packed;
    const TokenSource source = TokenSource::open(data);
    std::vector<std::int64_t> first(1);
    std::vector<std::int32_t> starts(2500);
    source.read_starts(10, starts);
    ASSERT_GT(starts.back(), 0);
    source.read_train(10 + starts.back(), first);
    EXPECT_EQ(first[0], 0) << "a passage begins with clock token 0";
    std::filesystem::remove(corpus_folder(data) / "documents.marks");
    EXPECT_NE(message_of<IoError>([&] { TokenSource::open(data); }).find("without the places of its documents"),
              std::string::npos);
    data.documents = Documents::joined;
    EXPECT_NO_THROW(TokenSource::open(data)) << "passages follow from the tokens: they are in no digest";
}

TEST(PrepareCorpus, plants_recall_beside_the_plain_corpus) {
    const TestFolder folder;
    DataConfig data;
    data.folder = (folder / "data").string();
    PrepareOptions options;
    options.dictionary = folder.write("small.dict", dictionary_text());
    const std::string plain = prepare_corpus(data, options).manifest.digest;
    data.recall_share = 0.2;
    data.recall_distances = {32, 128};
    const PreparedCorpus planted = prepare_corpus(data, options);
    EXPECT_FALSE(planted.was_there);
    EXPECT_NE(planted.manifest.digest, plain);
    EXPECT_GT(read_marks(data).answers.size(), 30U);
    EXPECT_TRUE(prepare_corpus(data, options).was_there);
    data.tokenizer = "bpe";
    data.vocabulary = 320;
    if (message_of<IoError>([&] { prepare_corpus(data, options); }).find("SentencePiece") != std::string::npos) {
        GTEST_SKIP() << "built without SentencePiece";
    }
    const TokenSequence sequence(corpus_shards(data));
    for (const PlantedAnswer& answer : read_marks(data).answers) {
        std::vector<std::int64_t> value(static_cast<std::size_t>(answer.tokens)), again = value;
        sequence.read(answer.begin, value);
        sequence.read(answer.begin - answer.distance, again);
        ASSERT_EQ(value, again);
    }
}

TEST(PrepareCorpus, trains_a_tokenizer_on_the_text) {
    const TestFolder folder;
    DataConfig data;
    data.corpus = "files";
    data.tokenizer = "bpe";
    data.vocabulary = 320;
    data.folder = (folder / "data").string();
    std::string text;
    for (int i = 0; i < 3000; ++i) {
        text += "the lark number " + std::to_string(i * 31) + " sings in the larch\n";
    }
    data.shards = {folder.write("a.txt", text)};
    std::string refusal = message_of<IoError>([&] { prepare_corpus(data); });
    if (refusal.find("built without SentencePiece") != std::string::npos) {
        GTEST_SKIP() << refusal;
    }
    ASSERT_EQ(refusal, "");
    const DataManifest manifest = *find_data_manifest(data);
    EXPECT_GT(manifest.bytes_per_token, 2);
    const BpeTokenizer tokenizer(read_all(corpus_folder(data) / "tokenizer.model"));
    std::vector<std::int64_t> ids(12);
    TokenSource::open(data).read_train(0, ids);
    EXPECT_TRUE(text.starts_with(tokenizer.decode(ids)));
    EXPECT_NEAR(static_cast<double>(text.size()) / static_cast<double>(manifest.train_tokens + manifest.heldout_tokens),
                manifest.bytes_per_token, 0.3);
}

TEST(PrepareCorpus, refuses_in_words) {
    const TestFolder folder;
    const auto refusal = [&](DataConfig data, const PrepareOptions& options = {}) {
        data.folder = (folder / "data").string();
        return message_of<std::runtime_error>([&] { prepare_corpus(data, options); });
    };
    const auto expect_words = [](const std::string& message, const std::string& words) {
        EXPECT_NE(message.find(words), std::string::npos) << "'" << message << "' lacks '" << words << "'";
    };
    DataConfig files;
    files.corpus = "files";
    files.shards = {folder / "absent.txt"};
    expect_words(refusal(files), "check the path");
    files.shards = {folder.write("short.txt", "short")};
    expect_words(refusal(files), "corpus of 5 tokens (at least 4352");
    files.shards = {folder.write("a.txt", "text"), folder.write("b.bin", "text")};
    expect_words(refusal(files), "mixed");
    files.shards = {folder / "a.txt"};
    files.vocabulary = 100;
    expect_words(refusal(files), "data.vocabulary: vocabulary is 100 (bytes need 256)");
    DataConfig gcide;
    expect_words(refusal(gcide, {.dictionary = folder / "absent.dz", .source = {}, .synthetic = {}}), "dict-gcide");
}

}  // namespace
}  // namespace overtake
