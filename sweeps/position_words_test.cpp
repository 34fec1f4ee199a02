#include "sweeps/position_words.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

std::string fault(const PositionWords& words) {
    try {
        choose_position(words);
    } catch (const ConfigError& error) {
        return error.problems().size() == 1 ? to_string(error.problems()[0]) : std::to_string(error.problems().size()) + " problems";
    }
    return "none";
}

TEST(PositionWords, NamesOfSchemesAndExtensions) {
    const PositionChoice rope = choose_position({.scheme = "rope", .settings = {{"base", "500000"}}});
    EXPECT_EQ(rope.position.scheme, "rope");
    EXPECT_EQ(rope.position.options.at("base"), OptionValue(500000.0));
    EXPECT_FALSE(rope.extension.has_value());
    const PositionChoice yarn = choose_position({.scheme = "yarn", .settings = {{"base", "5e5"}, {"factor", "4"}, {"truncate", "false"}}});
    EXPECT_EQ(yarn.position, rope.position);
    EXPECT_EQ(yarn.extension->method, "yarn");
    EXPECT_EQ(yarn.extension->options.at("factor"), OptionValue(4.0));
    EXPECT_EQ(yarn.extension->options.at("truncate"), OptionValue(false));
    EXPECT_EQ(choose_position({.scheme = "yarn", .extended = "learned-rope", .settings = {}}),
              choose_position({.scheme = "learned-rope+yarn", .settings = {}}));
}

TEST(PositionWords, WordsThatAreNoTomlAreStrings) {
    EXPECT_EQ(choose_position({.scheme = "learned-rope", .settings = {{"share", "head"}}}),
              choose_position({.scheme = "learned-rope", .settings = {{"share", "\"head\""}}}));
    EXPECT_EQ(fault({.scheme = "learned-rope", .settings = {{"share", "a\"b"}}}),
              "learned-rope: option \"share\" is \"a\"b\" (known values: all, layer, head)");
    EXPECT_EQ(fault({.scheme = "rope", .settings = {{"base", "1\nscheme = 2"}}}),
              "rope: option \"base\" has the wrong type (it takes a number); its default is 10000");
}

TEST(PositionWords, TheFactorIsTheOneAskedForElseTheCallers) {
    EXPECT_EQ(choose_position({.scheme = "pi", .settings = {}, .factor = 8}).extension->options.at("factor"), OptionValue(8.0));
    EXPECT_EQ(choose_position({.scheme = "pi", .settings = {{"factor", "2"}}, .factor = 8}).extension->options.at("factor"),
              OptionValue(2.0));
}

TEST(PositionWords, FaultsNameTheNearest) {
    EXPECT_NE(fault({.scheme = "rope", .settings = {{"bas", "1"}}}).find("has no option \"bas\" (its options: base"), std::string::npos);
    EXPECT_NE(fault({.scheme = "rope", .settings = {{"bas", "1"}}}).find("did you mean \"base\"?"), std::string::npos);
    EXPECT_NE(fault({.scheme = "yanr", .settings = {}}).find("did you mean \"yarn\"?"), std::string::npos);
    EXPECT_NE(fault({.scheme = "rope+yanr", .settings = {}}).find("did you mean \"yarn\"?"), std::string::npos);
    EXPECT_NE(fault({.scheme = "alibi+yarn", .settings = {}}).find("can't extend \"alibi\""), std::string::npos);
    EXPECT_NE(fault({.scheme = "yarn+rope", .settings = {}}), "none");
    EXPECT_NE(fault({.scheme = "rope", .settings = {{"base", "2"}, {"base", "3"}}}), "none");
    EXPECT_EQ(split_setting("a=b=c"), (std::pair<std::string, std::string>("a", "b=c")));
    EXPECT_THROW(split_setting("base"), ConfigError);
    EXPECT_THROW(split_setting("=3"), ConfigError);
}

}  // namespace
}  // namespace overtake
