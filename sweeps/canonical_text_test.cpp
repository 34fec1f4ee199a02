#include "sweeps/canonical_text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace overtake {
namespace {

// FIPS 180-4 examples.
TEST(CanonicalText, Sha256) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc", 8), "ba7816bf");
}

TEST(CanonicalText, NumbersAreShortestAndReadBack) {
    EXPECT_EQ(to_text(0.1), "0.1");
    EXPECT_EQ(to_text(10000.0), "10000");
    EXPECT_EQ(to_text(1e-8), "1e-08");
    EXPECT_EQ(to_text(-0.0), "0");
    EXPECT_EQ(std::stod(to_text(1.0 / 3)), 1.0 / 3);
    EXPECT_THROW(to_text(std::nan("")), std::logic_error);
}

TEST(CanonicalText, LinesAreSortedAndEscaped) {
    CanonicalText text;
    text.set("b", "two\nlines\\");
    text.set("a", std::int64_t{1});
    text.set("c", std::vector<std::int64_t>{1, 2});
    text.set("d", Options{{"y", true}, {"x", 0.5}, {"z", std::vector<double>{1, 2.5}}});
    EXPECT_EQ(text.text("title"), "title\na=1\nb=two\\nlines\\\\\nc=1,2\nd.x=0.5\nd.y=true\nd.z=[1,2.5]\n");
    EXPECT_THROW(text.set("a", 2), std::logic_error);
}

}  // namespace
}  // namespace overtake
