#include "runner/data/commands.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runner/data/test_folder.hpp"
#include "runner/data/token_shard.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

struct Said {
    int code;
    std::string out, words;
};

Said say(const std::vector<std::string>& arguments) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = data_commands().front().run(arguments);
    const std::string out = testing::internal::GetCapturedStdout();
    return {code, out, testing::internal::GetCapturedStderr()};
}

TEST(DataCommand, prepares_files_and_says_so_the_second_time) {
    const TestFolder folder;
    const std::string text = folder.write("a.txt", std::string(6000, 'a'));
    const std::vector<std::string> arguments{text, "--folder", folder / "data", "--name", "kept"};
    const Said first = say(arguments);
    EXPECT_EQ(first.code, 0);
    EXPECT_EQ(first.words, "");
    EXPECT_NE(first.out.find("tokenizer        bytes, vocabulary 256\n"), std::string::npos) << first.out;
    EXPECT_NE(first.out.find("training tokens  5813\nheld-out tokens  187\nbytes per token  1.0000\ndigest           "),
              std::string::npos)
        << first.out;
    EXPECT_EQ(TokenShard(folder / "data/kept.bin").size(), 6000);
    const Said second = say(arguments);
    EXPECT_EQ(second.out, first.out);
    EXPECT_NE(second.words.find("already prepared"), std::string::npos);
}

TEST(DataCommand, prepares_what_a_sweep_names) {
    const TestFolder folder;
    const std::string text = folder.write("a.txt", std::string(6000, 'a'));
    ::setenv("OVERTAKE_DATA", (folder / "data").c_str(), 1);
    const Said said = say({folder.write("sweep.toml", R"([sweep]
name = "two-sizes"
[data]
corpus = "files"
shards = [")" + text + R"("]
[evaluation]
lengths = [32]
tokens = 64
[grid]
size = ["1x16", "1x24"]
tokens = ["20k"]
position = ["rope"]
train_length = [32]
)")});
    ::unsetenv("OVERTAKE_DATA");
    EXPECT_EQ(said.code, 0);
    EXPECT_NE(said.out.find("training tokens  5813\n"), std::string::npos) << said.out;
    EXPECT_EQ(said.out.find("digest"), said.out.rfind("digest")) << "one corpus was prepared twice";
}

TEST(DataCommand, tells_documents_and_planted_answers) {
    const TestFolder folder;
    const std::string a = folder.write("a.txt", std::string(6000, 'a')),
                      b = folder.write("b.txt", std::string(2000, 'b'));
    const Said plain = say({a, b, "--folder", folder / "data"});
    EXPECT_NE(
        plain.out.find("documents        2, median 6000 tokens; 50 % have more than 4096, with 75 % of the tokens\n"),
        std::string::npos)
        << plain.out;
    const Said planted = say({a, "--folder", folder / "data", "--recall-share", "0.2", "--recall-distances", "64"});
    EXPECT_NE(planted.out.find("planted answers  "), std::string::npos) << planted.out;
    EXPECT_NE(planted.out.find(" at 64\n"), std::string::npos) << planted.out;
    const auto run = data_commands().front().run;
    EXPECT_THROW(run({a, "--recall-share", "0.2"}), ConfigError);
    EXPECT_THROW(run({"synthetic", "--recall-share", "0.2", "--recall-distances", "64"}), ConfigError);
    EXPECT_THROW(run({"linux", "--archive", folder / "absent.tar.xz", "--folder", folder / "data"}), IoError);
}

TEST(DataCommand, reads_shards_of_others) {
    const TestFolder folder;
    const std::string shard = folder.write_ids("n.bin", std::vector<std::uint16_t>(6000, 50256));
    const Said said = say({shard, "--vocabulary", "50257", "--folder", folder / "data"});
    EXPECT_NE(said.out.find("bytes per token  unknown"), std::string::npos) << said.out;
    EXPECT_THROW(data_commands().front().run({shard, "--vocabulary", "50256", "--folder", folder / "data"}), IoError);
}

TEST(DataCommand, refuses_what_it_does_not_know) {
    EXPECT_THROW(data_commands().front().run({}), ConfigError);
    EXPECT_THROW(data_commands().front().run({"gcide", "--vocabulry", "3"}), ConfigError);
    EXPECT_THROW(data_commands().front().run({"gcide", "--tokenizer", "words"}), ConfigError);
    EXPECT_NE(say({"--help"}).out.find("--vocabulary"), std::string::npos);
}

}  // namespace
}  // namespace overtake
