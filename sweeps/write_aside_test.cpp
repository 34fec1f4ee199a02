// What writing aside must not do to a file that is none.
#include "sweeps/write_aside.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

class WriteAside : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "overtake-aside-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(WriteAside, ReplacesAFileAndLeavesNothingBeside) {
    write_aside(folder_ / "deep" / "a.txt", "first");
    write_aside(folder_ / "deep" / "a.txt", "second");
    std::ostringstream text;
    text << std::ifstream(folder_ / "deep" / "a.txt").rdbuf();
    EXPECT_EQ(text.str(), "second");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "deep"), std::filesystem::directory_iterator()), 1);
}

TEST_F(WriteAside, LeavesNothingBesideWhatItCouldNotReplace) {
    std::filesystem::create_directories(folder_ / "a.txt" / "in the way");
    EXPECT_THROW(write_aside(folder_ / "a.txt", "text"), IoError);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()), 1);
}

TEST_F(WriteAside, WritesIntoAPipeInsteadOfReplacingIt) {
    const std::filesystem::path pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader, 0);
    write_aside(pipe, "through");
    std::array<char, 16> read{};
    EXPECT_EQ(::read(reader, read.data(), read.size()), 7);
    EXPECT_STREQ(read.data(), "through");
    ::close(reader);
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

}  // namespace
}  // namespace overtake
