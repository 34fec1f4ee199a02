#include "sweeps/results/in_child.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

using Lines = std::vector<std::string>;

TEST(LinesFromChild, brings_lines_and_errors_over) {
    EXPECT_EQ(lines_from_child([] { return Lines{"one", "two"}; }, 5), (Lines{"one", "two"}));
    EXPECT_EQ(lines_from_child([] { return Lines(50000, "more than a pipe holds"); }, 5).size(), 50000U);
    EXPECT_THROW(lines_from_child([]() -> Lines { throw IoError("no such file"); }, 5), IoError);
}

TEST(LinesFromChild, outlives_a_crash_and_a_hang) {
    const auto crash = [] {
        std::raise(SIGKILL);
        return Lines{};
    };
    const auto hang = [] {
        ::pause();
        return Lines{};
    };
    const auto bomb = [] { return Lines{std::string(std::vector<char>(std::size_t{1} << 40).size(), 'x')}; };
    ASSERT_EQ(lines_from_child(bomb, 5).size(), 1U);
    EXPECT_NE(lines_from_child(bomb, 5)[0].find("reading it failed"), std::string::npos);
    ASSERT_EQ(lines_from_child(crash, 5).size(), 1U);
    EXPECT_NE(lines_from_child(crash, 5)[0].find("crashed the HDF5 library"), std::string::npos);
    ASSERT_EQ(lines_from_child(hang, 1).size(), 1U);
    EXPECT_NE(lines_from_child(hang, 1)[0].find("within 1 seconds"), std::string::npos);
}

}  // namespace
}  // namespace overtake
