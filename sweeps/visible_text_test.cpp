// What strangers wrote stays words: no character of it commands a terminal, a line or a spreadsheet.
#include "sweeps/visible_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "sweeps/hostile_names.hpp"

namespace overtake {
namespace {

using namespace std::string_literals;

TEST(VisibleText, LeavesWordsAlone) {
    for (const std::string& text : {"rope"s, "Ünïcode 位置 🙂 𝛼"s, "a 'b' \"c\" `d` $(e) \\n <f>"s, ""s}) {
        EXPECT_EQ(visible(text), text);
    }
}

TEST(VisibleText, ShowsWhatCommands) {
    EXPECT_EQ(visible("\x1b[31mred\a"), "\\x1b[31mred\\x07");
    EXPECT_EQ(visible("a\0b"s), "a\\x00b");
    EXPECT_EQ(visible("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f");
    EXPECT_EQ(visible("a\nb\tc", "\n\t"), "a\nb\tc");
    EXPECT_EQ(visible("epor\u202erope\u2069\ufeff"), "epor\\u202erope\\u2069\\ufeff");
    EXPECT_EQ(visible("\u009b31m"), "\\u009b31m");  // the one-character form of ESC [
    EXPECT_EQ(visible("\U000e0041"), "\\ue0041");   // tags: letters that nobody sees
}

TEST(VisibleText, ShowsBytesThatAreNoUtf8) {
    EXPECT_EQ(visible("\xc0\xaf"), "\\xc0\\xaf");                  // an overlong '/'
    EXPECT_EQ(visible("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
    EXPECT_EQ(visible("\xf0\x80\x80\xaf"), "\\xf0\\x80\\x80\\xaf");
    EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");         // a surrogate
    EXPECT_EQ(visible("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
    EXPECT_EQ(visible("\xe2\x82"), "\\xe2\\x82");                  // cut short
    EXPECT_EQ(visible("\xff" "a"), "\\xffa");
}

TEST(CsvField, IsNoFormulaAndOneField) {
    EXPECT_EQ(csv_field("rope"), "rope");
    EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
    EXPECT_EQ(csv_field("a\r\nb"), "a\\r\\nb");
    EXPECT_EQ(csv_field("=1+1"), "'=1+1");
    EXPECT_EQ(csv_field("=cmd|'/C calc'!A0"), "'=cmd|'/C calc'!A0");
    EXPECT_EQ(csv_field("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(csv_field("-2+3+cmd|' /C calc'!A0"), "'-2+3+cmd|' /C calc'!A0");
    for (const std::string& number : {"-0.125"s, "+1e-3"s, "-inf"s, "-"s, "-0.1 [-0.2% 0.1]"s}) {
        EXPECT_EQ(csv_field(number), number);
    }
}

TEST(VisibleOutput, FiltersAStreamAndGivesItBack) {
    std::ostringstream out;
    {
        const VisibleOutput filter(out);
        out << "a\x1b[2J" << 'b' << "\xe2" << "\x80" << "\xae" << "\xc3" << "\xa9\n\t";  // characters in pieces
        out.flush();
    }
    out << "\x1b";
    EXPECT_EQ(out.str(), "a\\x1b[2Jb\\u202eé\n\t\x1b");
}

TEST(VisibleOutput, HoldsOffHostileNames) {
    std::ostringstream out;
    {
        const VisibleOutput filter(out);
        for (const std::string& name : hostile_names(500)) {
            out << name;
        }
    }
    const std::string text = out.str();
    EXPECT_EQ(visible(text, "\n\t"), text);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace overtake
