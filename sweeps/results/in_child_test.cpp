#include "sweeps/results/in_child.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <new>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

using Lines = std::vector<std::string>;

std::string limit_told(const std::function<Lines()>& function, const ChildLimits& limits) {
    try {
        lines_from_child(function, limits);
    } catch (const LimitError& error) {
        return error.what();
    }
    return "no limit";
}

TEST(LinesFromChild, brings_lines_and_errors_over) {
    EXPECT_EQ(lines_from_child([] { return Lines{"one", "two"}; }, {5}), (Lines{"one", "two"}));
    EXPECT_EQ(lines_from_child([] { return Lines(50000, "more than a pipe holds"); }, {5}).size(), 50000U);
    EXPECT_THROW(lines_from_child([]() -> Lines { throw IoError("no such file"); }, {5}), IoError);
}

TEST(LinesFromChild, outlives_a_crash) {
    const auto crash = [] {
        std::raise(SIGSEGV);
        return Lines{};
    };
    ASSERT_EQ(lines_from_child(crash, {5}).size(), 1U);
    EXPECT_NE(lines_from_child(crash, {5})[0].find("crashed the HDF5 library"), std::string::npos);
}

TEST(LinesFromChild, tells_a_limit_from_damage) {
    const auto hang = [] {
        ::pause();
        return Lines{};
    };
    EXPECT_EQ(limit_told(hang, {1}),
              "reading it did not end within 1 seconds (it is very large, or where it lies is slow); set OVERTAKE_READ_SECONDS higher if you trust it");
    const auto killed = [] {
        std::raise(SIGKILL);
        return Lines{};
    };
    EXPECT_EQ(limit_told(killed, {5}), "the process that read it was ended from outside (Killed; the machine may be short of memory); try again");
    const std::string memory = "reading it takes more than 4 GiB of memory (it is very large, or says that it is); set OVERTAKE_READ_GIB higher if you trust it";
    const auto bomb = [] { return Lines{std::string(std::vector<char>(std::size_t{1} << 40).size(), 'x')}; };
    EXPECT_EQ(limit_told(bomb, {5}), memory);
}

#ifndef __SANITIZE_ADDRESS__  // it has no limit of memory
TEST(LinesFromChild, knows_want_of_memory_by_other_names) {
    const std::string memory = "reading it takes more than 0.5 GiB of memory (it is very large, or says that it is); set OVERTAKE_READ_GIB higher if you trust it";
    const auto caught = [] {
        try {
            const std::vector<char> much(std::size_t{1} << 30);
            return Lines(static_cast<std::size_t>(much[1]));
        } catch (const std::bad_alloc&) {
            return Lines{"a breach"};
        }
    };
    const auto of_a_library = []() -> Lines {
        void* volatile block = std::malloc(std::size_t{1} << 30);  // volatile: nobody may leave the request out
        if (block != nullptr) {
            std::free(block);
            return {};
        }
        throw IoError("the library says: no space");
    };
    EXPECT_EQ(limit_told(caught, {5, 0.5}), memory);
    EXPECT_EQ(limit_told(of_a_library, {5, 0.5}), memory);
    EXPECT_EQ(limit_told(of_a_library, {5, 2}), "no limit");
}
#endif

TEST(ChildLimits, come_from_the_environment) {
    EXPECT_EQ(limits_from(nullptr, nullptr, {7, 3}).seconds, 7U);
    EXPECT_EQ(limits_from("900", nullptr, {}).seconds, 900U);
    EXPECT_EQ(limits_from("900", nullptr, {}).gibibytes, 4);
    EXPECT_EQ(limits_from(nullptr, "0.5", {}).gibibytes, 0.5);
    for (const char* wrong : {"", "0", "-1", "many", "4 GiB", "nan", "1e9"}) {
        EXPECT_THROW(limits_from(nullptr, wrong, {}), ConfigError) << wrong;
        EXPECT_THROW(limits_from(wrong, nullptr, {}), ConfigError) << wrong;
    }
}

}  // namespace
}  // namespace overtake
