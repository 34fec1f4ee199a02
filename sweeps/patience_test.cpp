#include "sweeps/patience.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

TEST(Patience, IsANumberAboveZeroOrTheDefault) {
    EXPECT_EQ(patience_seconds(nullptr, 30), 30);
    EXPECT_EQ(patience_seconds("2.5", 30), 2.5);
    for (const char* text : {"", "-1", "0", "soon", "4s", "1e300", "nan"}) {
        EXPECT_EQ(patience_seconds(text, 90), 90) << text;
    }
}

}  // namespace
}  // namespace overtake
