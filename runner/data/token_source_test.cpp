#include "runner/data/token_source.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/data/prepare.hpp"
#include "runner/data/shard_writer.hpp"
#include "runner/data/test_folder.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

using Ids = std::vector<std::int64_t>;

DataConfig files(const TestFolder& folder, std::vector<std::string> shards, std::int64_t vocabulary) {
    DataConfig data;
    data.corpus = "files";
    data.vocabulary = vocabulary;
    data.shards = std::move(shards);
    data.folder = (folder / "prepared").string();
    return data;
}

/// Tokens 0, 1, 2 ... in three shards of two formats, so that a token tells its place.
DataConfig counting_shards(const TestFolder& folder) {
    std::vector<std::uint16_t> all(20'000);
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    const std::string first = folder.write_ids("a.bin", std::vector<std::uint16_t>(all.begin(), all.begin() + 7001));
    ShardWriter writer(folder / "b.bin", 70'000);
    writer.append(Ids(all.begin() + 7001, all.begin() + 7004));
    writer.finish();
    const std::string last = folder.write_ids("c.bin", std::vector<std::uint16_t>(all.begin() + 7004, all.end()));
    return files(folder, {first, folder / "b.bin", last}, 20'000);
}

TEST(TokenSource, parts_share_no_heldout_block) {
    const TestFolder folder;
    const TokenSource all = TokenSource::open(counting_shards(folder));
    std::vector<std::int64_t> blocks;
    for (const HeldoutPart part : {HeldoutPart::tuning, HeldoutPart::scoring}) {
        const TokenSource half = all.part(part);
        for (const HeldoutWindow& window : half.evaluation_windows(64, 1 << 20)) {
            blocks.push_back(window.block);
            Ids ids(65);
            half.read_heldout(window.block, window.offset, ids);
            EXPECT_EQ(ids[0], all.place_of(window)) << "tokens count";
            EXPECT_EQ(window.block % 2, part == HeldoutPart::tuning ? 0 : 1);
        }
    }
    std::sort(blocks.begin(), blocks.end());
    Ids every(static_cast<std::size_t>(all.heldout_blocks()));
    std::iota(every.begin(), every.end(), std::int64_t{0});
    EXPECT_EQ(blocks, every);
    EXPECT_EQ(all.part(HeldoutPart::tuning).train_tokens(), all.train_tokens());
}

TEST(TokenSource, reads_shards_as_one_sequence) {
    const TestFolder folder;
    const TokenSource source = TokenSource::open(counting_shards(folder));
    EXPECT_EQ(source.heldout_block_tokens(), 65);
    EXPECT_EQ(source.heldout_blocks(), 20'000 / (32 * 65));
    EXPECT_EQ(source.train_tokens() + source.heldout_blocks() * 65, 20'000);
    Ids window(101);
    std::vector<bool> seen(20'000, false);
    const TrainWindows windows = source.train_windows(100);
    for (std::int64_t w = 0; w < windows.count(); ++w) {
        const std::int64_t start = windows.start(w);
        source.read_train(start, window);
        for (std::int64_t i = 0; i < 101; ++i) {
            ASSERT_EQ(window[static_cast<std::size_t>(i)], start + i);
            seen[static_cast<std::size_t>(start + i)] = true;
        }
    }
    Ids block(65);
    for (std::int64_t b = 0; b < source.heldout_blocks(); ++b) {
        source.read_heldout(b, 0, block);
        for (std::int64_t i = 0; i < 65; ++i) {
            ASSERT_EQ(block[static_cast<std::size_t>(i)], (32 * b + 31) * 65 + i);
            ASSERT_FALSE(seen[static_cast<std::size_t>(block[static_cast<std::size_t>(i)])])
                << "trained on a held-out token";
        }
    }
    Ids tail(3);
    source.read_heldout(0, 62, tail);
    EXPECT_EQ(tail, (Ids{31 * 65 + 62, 31 * 65 + 63, 31 * 65 + 64}));
    EXPECT_THROW(source.read_heldout(0, 63, tail), std::logic_error);
    EXPECT_THROW(source.read_heldout(source.heldout_blocks(), 0, tail), std::logic_error);
    EXPECT_THROW(source.read_train(31 * 65 - 2, tail), std::logic_error);
    EXPECT_EQ(source.evaluation_windows(64, 1 << 20).size(), static_cast<std::size_t>(source.heldout_blocks()));
}

TEST(TokenSource, finds_an_id_beyond_the_vocabulary_and_its_place) {
    const TestFolder folder;
    DataConfig data = counting_shards(folder);
    data.vocabulary = 7003;
    const std::string message = message_of<IoError>([&] { TokenSource::open(data); });
    EXPECT_NE(message.find("b.bin' (token 2 has id 7003 and the vocabulary is 7003)"), std::string::npos) << message;
    EXPECT_FALSE(find_data_manifest(data)) << "a corpus that can't be used was called prepared";
}

TEST(TokenSource, refuses_tokens_that_changed) {
    const TestFolder folder;
    DataConfig data = counting_shards(folder);
    data.digest = prepare_corpus(data).manifest.digest;
    EXPECT_NO_THROW(TokenSource::open(data));

    DataConfig planned_with_others = data;
    planned_with_others.digest = "0123";
    EXPECT_NE(message_of<IoError>([&] { TokenSource::open(planned_with_others); }).find("the sweep says 0123"),
              std::string::npos);

    std::vector<std::uint16_t> other(7001, 1);
    folder.write_ids("a.bin", other);
    EXPECT_NE(message_of<IoError>([&] { TokenSource::open(data); }).find("its manifest says " + data.digest),
              std::string::npos);
    EXPECT_FALSE(prepare_corpus(data).was_there);
    EXPECT_NE(prepare_corpus(data).manifest.digest, data.digest);
}

TEST(TokenSource, believes_its_cache_until_a_shard_changes) {
    const TestFolder folder;
    const DataConfig data = counting_shards(folder);
    prepare_corpus(data);
    const std::filesystem::path cache = corpus_folder(data) / "checked";
    const std::string good = read_all(cache);
    ASSERT_FALSE(good.empty());
    // A cache with another digest shows that the cache was read, and not the tokens.
    std::string wrong = good;
    wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
    folder.write(std::filesystem::relative(cache, folder.path()), wrong);
    EXPECT_THROW(TokenSource::open(data), IoError);
    std::filesystem::last_write_time(folder / "c.bin",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    EXPECT_NO_THROW(TokenSource::open(data));
    EXPECT_NE(read_all(cache), good);  // the new time is noted
}

TEST(TokenSource, same_tokens_have_the_same_digest_in_every_format) {
    const TestFolder folder;
    std::vector<std::uint16_t> ids(6000);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids[i] = static_cast<std::uint16_t>(i * 37 % 1000);
    }
    const DataConfig nanogpt = files(folder, {folder.write_ids("n.bin", ids)}, 1000);
    ShardWriter writer(folder / "o.bin", 1000);
    writer.append(Ids(ids.begin(), ids.end()));
    writer.finish();
    std::vector<std::uint32_t> llmc(256, 0);
    llmc[0] = 20240801, llmc[1] = 7, llmc[2] = 6000;
    llmc.insert(llmc.end(), ids.begin(), ids.end());
    const std::string digest = prepare_corpus(nanogpt).manifest.digest;
    EXPECT_EQ(digest, "1d81f96efe35ef95c351bf26854e5f65");
    EXPECT_EQ(prepare_corpus(files(folder, {folder / "o.bin"}, 1000)).manifest.digest, digest);
    EXPECT_EQ(prepare_corpus(files(folder, {folder.write_ids("l.bin", llmc)}, 1000)).manifest.digest, digest);
    EXPECT_NE(prepare_corpus(files(folder, {folder / "o.bin"}, 1001)).manifest.digest, digest);
    EXPECT_EQ(prepare_corpus(nanogpt).manifest.bytes_per_token, 0);
}

TEST(TokenSource, many_may_prepare_and_open_at_once) {
    const TestFolder folder;
    DataConfig data;
    data.corpus = "files";
    std::string text;
    while (text.size() < 300'000) {
        text += "line " + std::to_string(text.size()) + "\n";
    }
    data.shards = {folder.write("text.txt", text)};
    data.folder = (folder / "prepared").string();
    std::vector<pid_t> openers;
    for (int i = 0; i < 6; ++i) {
        openers.push_back(::fork());
        if (openers.back() == 0) {
            const std::string failure = message_of<std::exception>([&] {
                Ids ids(10);
                TokenSource::open(data).read_train(5, ids);
                expects(std::equal(ids.begin(), ids.end(), text.begin() + 5), "tokens are the text's bytes");
            });
            std::cerr << failure;
            ::_exit(failure.empty() ? 0 : 1);
        }
    }
    for (const pid_t opener : openers) {
        int status = -1;
        ::waitpid(opener, &status, 0);
        EXPECT_EQ(status, 0);
    }
    for (const auto& entry : std::filesystem::directory_iterator(corpus_folder(data))) {
        const std::string name = entry.path().filename();
        EXPECT_TRUE(name == "tokens.bin" || name == "manifest.json" || name == "checked" || name == "sources")
            << name << " was left";
    }
}

}  // namespace
}  // namespace overtake
