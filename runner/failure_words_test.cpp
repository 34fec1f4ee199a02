#include "runner/failure_words.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

TEST(FailureWords, tell_that_memory_was_short_whoever_says_it) {
    EXPECT_EQ(failure_in_words("std::bad_alloc"), "out of memory (std::bad_alloc)");
    EXPECT_EQ(failure_in_words("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 409600000 bytes. "
                               "Error code 12 (Cannot allocate memory)\nframe #0: c10::Error"),
              "out of memory ([enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 409600000 bytes. "
              "Error code 12 (Cannot allocate memory))");
    EXPECT_EQ(failure_in_words("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 1 GiB free."),
              "out of memory (CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 1 GiB free.)");
}

TEST(FailureWords, keep_the_first_line_of_anything_else) {
    EXPECT_EQ(failure_in_words("another rank of the team could not do its part"), "another rank of the team could not do its part");
    EXPECT_EQ(failure_in_words("shapes differ\nException raised from ..."), "shapes differ");
    EXPECT_EQ(failure_in_words(""), "");
}

}  // namespace
}  // namespace overtake
