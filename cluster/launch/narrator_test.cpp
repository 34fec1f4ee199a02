// The log of a sweep, where the folder does not take every line at once.
#include "cluster/launch/narrator.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace overtake {
namespace {

class NarratorTest : public testing::Test {
  protected:
    NarratorTest() { std::filesystem::remove_all(folder.root); }
    ~NarratorTest() override { std::filesystem::remove_all(folder.root); }

    /// The log's lines behind their times.
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::ifstream file(folder.log());
        for (std::string line; std::getline(file, line);) {
            all.push_back(line.substr(line.find(' ') + 1));
        }
        return all;
    }

    const SweepFolder folder{std::filesystem::temp_directory_path() / ("narrator_test_" + std::to_string(getpid()))};
};

using Words = std::vector<std::string>;

TEST_F(NarratorTest, writes_down_later_what_a_full_disk_does_not_take) {
    std::filesystem::create_directories(folder.root);
    Narrator narrator(folder, true);
    narrator.note("before");
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit short_of_space{static_cast<rlim_t>(std::filesystem::file_size(folder.log()) + 5), limit.rlim_max};  // the next line fits in part
    const auto handler = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &short_of_space);
    narrator.note("meanwhile");
    narrator.pass_on("and more");
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, handler);
    EXPECT_EQ(lines().front(), "before");
    narrator.note("after");
    EXPECT_EQ(lines(), (Words{"before", "meanwhile", "and more", "after"}));
}

TEST_F(NarratorTest, begins_the_log_once_the_folder_is_there) {
    {
        Narrator narrator(folder, true);
        narrator.note("early");
        std::filesystem::create_directories(folder.root);
    }
    EXPECT_EQ(lines(), (Words{"early"})) << "at the end at the latest";
}

TEST_F(NarratorTest, keeps_the_newest_lines_of_a_long_time_without_space) {
    Narrator narrator(folder, true);
    const std::string padding(1000, '.');
    for (int i = 0; i < 200; ++i) {
        narrator.note(std::to_string(i) + padding);
    }
    std::filesystem::create_directories(folder.root);
    narrator.note("last");
    const Words kept = lines();
    EXPECT_GT(kept.size(), 50u);
    EXPECT_LT(kept.size(), 70u);
    EXPECT_EQ(kept[kept.size() - 2], "199" + padding);
    EXPECT_EQ(kept.front().substr(3), padding) << "whole lines";
}

}  // namespace
}  // namespace overtake
