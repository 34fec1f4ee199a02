#include "sweeps/spelling.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace overtake {
namespace {

TEST(Spelling, EditDistances) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("rope", ""), 4u);
    EXPECT_EQ(edit_distance("rope", "rope"), 0u);
    EXPECT_EQ(edit_distance("rope", "orpe"), 1u);  // neighbours swapped
    EXPECT_EQ(edit_distance("rope", "rop"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("ca", "abc"), 3u);  // each letter is edited once
}

TEST(Spelling, TheNearestWord) {
    const std::vector<std::string_view> known{"rope", "learned", "kerple-log", "learned-rope"};
    EXPECT_EQ(nearest_word("rop", known), "rope");
    EXPECT_EQ(nearest_word("Kerple_Log", known), "kerple-log");
    EXPECT_EQ(nearest_word("lerned", known), "learned");
    EXPECT_EQ(nearest_word("fourier", known), "");
    EXPECT_EQ(nearest_word("x", known), "");
    EXPECT_EQ(did_you_mean("roep", known), "; did you mean \"rope\"?");
    EXPECT_EQ(did_you_mean("zebra", known), "");
    EXPECT_EQ(listed(known), "rope, learned, kerple-log, learned-rope");
}

}  // namespace
}  // namespace overtake
