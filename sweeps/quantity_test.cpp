#include "sweeps/quantity.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

TEST(Quantity, NumbersAndUnits) {
    const std::pair<const char*, Quantity> cases[] = {
        {"10M", {10e6, Unit::count}},   {"1.5B", {1.5e9, Unit::count}},    {"64k", {64000, Unit::count}},
        {"4Ki", {4096, Unit::count}},   {"1Mi", {1048576, Unit::count}},   {"98,624", {98624, Unit::count}},
        {"1_000", {1000, Unit::count}}, {"0", {0, Unit::count}},           {"1.1M", {1100000, Unit::count}},
        {"2h", {7200, Unit::seconds}},  {"90s", {90, Unit::seconds}},      {"30m", {1800, Unit::seconds}},
        {"1d", {86400, Unit::seconds}}, {"2h30m", {9000, Unit::seconds}},  {"20x", {20, Unit::ratio}},
        {"0.5x", {0.5, Unit::ratio}},   {"100 steps", {100, Unit::steps}}, {" 5 M", {5e6, Unit::count}},
    };
    for (const auto& [text, wanted] : cases) {
        const auto quantity = parse_quantity(text);
        ASSERT_TRUE(quantity) << text;
        EXPECT_EQ(*quantity, wanted) << text;
    }
}

TEST(Quantity, OtherTextIsRefused) {
    for (const char* text : {"",  " ",    "nan",   "inf", "-5",  "+5",   "1e6", "5q",           "M",    "10MM",
                             "x", "20xx", "1.2.3", ".5",  "5 6", "2h3M", "10%", "99999999999T", "1h 5", "0x10"}) {
        EXPECT_FALSE(parse_quantity(text)) << text;
    }
}

TEST(Quantity, WholeNumbers) {
    EXPECT_EQ(whole_number({4096, Unit::count}), 4096);
    EXPECT_FALSE(whole_number({0.5, Unit::count}));
}

TEST(Quantity, NumbersForPeople) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(98624), "98,624");
    EXPECT_EQ(grouped(-1234567), "-1,234,567");
    EXPECT_EQ(rounded(12), "12");
    EXPECT_EQ(rounded(12384), "12.4k");
    EXPECT_EQ(rounded(999600), "1.00M");
    EXPECT_EQ(rounded(1.5e9), "1.50B");
}

}  // namespace
}  // namespace overtake
