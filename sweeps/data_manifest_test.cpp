#include "sweeps/data_manifest.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <vector>

namespace overtake {
namespace {

DataConfig data_in(const char* folder) {
    DataConfig data;
    data.folder = (std::filesystem::path(testing::TempDir()) / folder).string();
    std::filesystem::remove_all(data.folder);
    return data;
}

TEST(DataManifest, FolderNames) {
    DataConfig data;
    EXPECT_EQ(corpus_folder(data), std::filesystem::path("data/gcide-bytes"));
    data.tokenizer = "bpe";
    data.vocabulary = 4096;
    EXPECT_EQ(corpus_folder(data), std::filesystem::path("data/gcide-bpe-4096"));
    data = {};
    data.corpus = "files";
    data.shards = {"a.txt", "b.txt"};
    data.folder = "/srv";
    EXPECT_EQ(corpus_folder(data), std::filesystem::path("/srv/files-bytes-ff6c40f3"));
    data.recall_share = 0.05;
    data.recall_distances = {64, 256};
    EXPECT_EQ(corpus_folder(data), std::filesystem::path("/srv/files-bytes-ff6c40f3-recall-54d2a1aa"));
    data.recall_share = 0;
    data.shards = {"a.txt"};
    EXPECT_NE(corpus_folder(data), std::filesystem::path("/srv/files-bytes-ff6c40f3"));
}

TEST(DataManifest, RoundTrip) {
    const DataConfig data = data_in("overtake_manifest");
    EXPECT_FALSE(find_data_manifest(data));
    write_data_manifest(data, {.corpus = "gcide",
                               .tokenizer = "bytes",
                               .digest = "00ff",
                               .vocabulary = 256,
                               .train_tokens = 39000000,
                               .heldout_tokens = 800000,
                               .bytes_per_token = 1.25});
    const auto manifest = find_data_manifest(data);
    ASSERT_TRUE(manifest);
    EXPECT_EQ(manifest->corpus, "gcide");
    EXPECT_EQ(manifest->tokenizer, "bytes");
    EXPECT_EQ(manifest->digest, "00ff");
    EXPECT_EQ(manifest->vocabulary, 256);
    EXPECT_EQ(manifest->train_tokens, 39000000);
    EXPECT_EQ(manifest->heldout_tokens, 800000);
    EXPECT_EQ(manifest->bytes_per_token, 1.25);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(corpus_folder(data)), {}), 1);
}

TEST(DataManifest, WritersOfOneFileDoNotMeet) {
    const DataConfig data = data_in("overtake_manifest_writers");
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&, i] {
            for (int round = 0; round < 20; ++round) {
                EXPECT_NO_THROW(write_data_manifest(
                    data,
                    {.corpus = std::string(1000, static_cast<char>('a' + i)), .tokenizer = "bytes", .digest = ""}));
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    EXPECT_EQ(find_data_manifest(data)->corpus.size(), 1000u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(corpus_folder(data)), {}), 1);
}

TEST(DataManifest, ABrokenOneIsNamed) {
    const DataConfig data = data_in("overtake_broken_manifest");
    std::filesystem::create_directories(corpus_folder(data));
    std::ofstream(corpus_folder(data) / "manifest.json") << "{\"corpus\": \"gcide\"";
    EXPECT_THROW(find_data_manifest(data), IoError);
    std::ofstream(corpus_folder(data) / "manifest.json") << "{\"corpus\": \"gcide\"}";
    EXPECT_THROW(find_data_manifest(data), IoError);
}

}  // namespace
}  // namespace overtake
