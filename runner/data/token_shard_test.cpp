#include "runner/data/token_shard.hpp"

#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runner/data/shard_writer.hpp"
#include "runner/data/test_folder.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

using Ids = std::vector<std::int64_t>;

Ids read_shard(const std::string& file) {
    const TokenShard shard(file);
    Ids ids(static_cast<std::size_t>(shard.size()));
    shard.read(0, ids);
    return ids;
}

std::string refusal(const std::string& file) {
    return message_of<IoError>([&] { TokenShard{file}.verify(); });
}

std::string llmc(std::int32_t magic, std::int32_t version, std::int32_t count, std::string_view payload) {
    std::vector<std::int32_t> header(256, 0);
    header[0] = magic;
    header[1] = version;
    header[2] = count;
    return std::string(reinterpret_cast<const char*>(header.data()), 1024).append(payload);
}

TEST(TokenShard, comes_back_as_it_was_written_at_every_width) {
    const TestFolder folder;
    for (const std::int64_t vocabulary : {256, 257, 65536, 65537, 200'000}) {
        const std::string file = folder / "own.bin";
        const Ids ids{0, 1, 2, 255, vocabulary - 1, 7};
        ShardWriter writer(file, vocabulary);
        writer.append(std::span(ids).first(2));
        writer.append(std::span(ids).subspan(2));
        writer.finish();
        EXPECT_EQ(read_shard(file), ids);
        const TokenShard shard(file);
        EXPECT_EQ(shard.vocabulary(), vocabulary);
        EXPECT_EQ(shard.token_bytes(), vocabulary <= 256 ? 1 : vocabulary <= 65536 ? 2 : 4);
        EXPECT_NO_THROW(shard.verify());
    }
}

TEST(TokenShard, header_is_pinned) {
    const TestFolder folder;
    ShardWriter writer(folder / "own.bin", 50257);
    writer.append(Ids{1, 50256});
    writer.finish();
    const std::string bytes = read_all(folder / "own.bin");
    ASSERT_EQ(bytes.size(), 68U);
    EXPECT_EQ(bytes.substr(0, 8), "ovtokens");
    EXPECT_EQ(bytes.substr(8, 24), std::string("\1\0\0\0\2\0\0\0\x51\xC4\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 24));
    EXPECT_EQ(to_hex(std::as_bytes(std::span(bytes).subspan(32, 32))),
              "3d0f766192ec308cf78d2d0d3f137c37fddbfb607bc7f8ea5adf0c4c89059b14");
    EXPECT_EQ(bytes.substr(64), std::string("\1\0\x50\xC4", 4));
}

TEST(TokenShard, reads_bytes_from_the_middle) {
    const TestFolder folder;
    for (const std::int64_t vocabulary : {256, 1000}) {
        ShardWriter writer(folder / "own.bin", vocabulary);
        writer.append_bytes("to be or not");
        writer.append_bytes("\xFF");
        writer.finish();
        Ids ids(3);
        TokenShard(folder / "own.bin").read(10, ids);
        EXPECT_EQ(ids, (Ids{'o', 't', 255}));
    }
}

TEST(TokenShard, reads_nanogpt_as_it_is) {
    const TestFolder folder;
    EXPECT_EQ(read_shard(folder.write("train.bin", std::string("\1\0\2\0\x50\xC4", 6))), (Ids{1, 2, 50256}));
}

TEST(TokenShard, reads_llmc_as_it_is) {
    const TestFolder folder;
    EXPECT_EQ(read_shard(folder.write("gpt2.bin", llmc(20240520, 1, 2, std::string("\5\0\x50\xC4", 4)))),
              (Ids{5, 50256}));
    EXPECT_EQ(read_shard(folder.write("llama3.bin", llmc(20240801, 7, 2, std::string("\5\0\0\0\0\xF4\1\0", 8)))),
              (Ids{5, 128000}));
}

TEST(TokenShard, refuses_what_it_is_not_with_a_hint) {
    const TestFolder folder;
    const auto expect_words = [](const std::string& message, const std::string& words) {
        EXPECT_NE(message.find(words), std::string::npos) << "'" << message << "' lacks '" << words << "'";
    };
    expect_words(refusal(folder / "absent.bin"), "check the path");
    expect_words(refusal(folder.path().string()), "not a plain file");
    expect_words(refusal(folder.write("odd.bin", "abc")), "even number of bytes and there are 3");
    expect_words(refusal(folder.write("empty.bin", "")), "even number of bytes and there are 0");
    expect_words(refusal(folder.write("text.txt", "some text")), "give text files as *.txt");
    expect_words(refusal(folder.write("short.bin", llmc(20240520, 1, 2, "").substr(0, 100))),
                 "ends within llm.c's header");
    expect_words(refusal(folder.write("version.bin", llmc(20240520, 7, 1, "ab"))), "20240520 goes with 1");
    expect_words(refusal(folder.write("version7.bin", llmc(20240801, 1, 1, "abcd"))), "20240801 with 7");
    expect_words(refusal(folder.write("count.bin", llmc(20240520, 1, 3, "abcd"))),
                 "promises 3 tokens of 2 bytes and 4 bytes follow");
    expect_words(refusal(folder.write("negative.bin", llmc(20240520, 1, -2, "abcd"))), "promises -2 tokens");
}

TEST(TokenShard, refuses_damage_to_its_own_format) {
    const TestFolder folder;
    ShardWriter writer(folder / "own.bin", 256);
    writer.append_bytes("ten tokens");
    writer.finish();
    const std::string good = read_all(folder / "own.bin");
    const auto damaged = [&](std::size_t place, char byte) {
        std::string bytes = good;
        bytes[place] = byte;
        return refusal(folder.write("damaged.bin", bytes));
    };
    EXPECT_EQ(refusal(folder / "own.bin"), "");
    EXPECT_NE(damaged(8, 2).find("version is 2"), std::string::npos);
    EXPECT_NE(damaged(12, 3).find("have 3 bytes"), std::string::npos);
    EXPECT_NE(damaged(24, 11).find("promises 11 tokens"), std::string::npos);
    EXPECT_NE(damaged(40, '?').find("checksum"), std::string::npos);
    EXPECT_NE(damaged(70, '?').find("checksum"), std::string::npos);
    EXPECT_NE(refusal(folder.write("cut.bin", good.substr(0, 73))).find("promises 10 tokens"), std::string::npos);
    EXPECT_NE(refusal(folder.write("stub.bin", good.substr(0, 20))).find("within its header"), std::string::npos);
}

TEST(TokenShard, a_writer_that_is_given_up_leaves_nothing) {
    const TestFolder folder;
    {
        ShardWriter writer(folder / "own.bin", 256);
        writer.append_bytes("half");
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(TokenShard, broken_promises_are_ours) {
    const TestFolder folder;
    ShardWriter writer(folder / "own.bin", 300);
    EXPECT_THROW(writer.append(Ids{300}), std::logic_error);
    EXPECT_THROW(writer.append(Ids{-1}), std::logic_error);
    const TokenShard shard(folder.write("two.bin", "abcd"));
    Ids ids(2);
    EXPECT_THROW(shard.read(1, ids), std::logic_error);
    EXPECT_THROW(shard.read(-1, ids), std::logic_error);
}

}  // namespace
}  // namespace overtake
