#include "sweeps/hostile_names.hpp"

#include <cstdint>
#include <set>

namespace overtake {

namespace {

using namespace std::string_literals;

std::vector<std::string> ingredients() {
    return {
        // shells
        "`touch canary`", "$(touch canary)", "; touch canary;", "| touch canary", "&& touch canary #", "\ntouch canary\n", "\r\ntouch canary\r\n", "' ; touch canary ; '",
        "\"; touch canary; \"", "${IFS}touch${IFS}canary", "> canary", "<(touch canary)", "$HOME", "~root", "*", "?", "{a,b}", "!!", "%s%n%x", "\\", "\\\\\"", "'", "\"",
        // options and paths
        "-rf", "--help", "-", "--", "-e system('touch canary')", "..", ".", "../../../../tmp/canary", "/etc/passwd", "a/../../canary", "//", "/dev/null", "CON", "nul",
        "file:///canary", "a\0b"s, "\0"s, "a\0/../canary"s,
        // terminals
        "\x1b[2J\x1b[H", "\x1b]0;canary\x07", "\x1b[31m", "\b\b\b\b", "\r", "\t", "\v\f", "\x7f", "\u009b31m", "\x1bP+q\x1b\\",
        // Unicode
        "\u202eepor", "\u2066rope\u2069", "\u200b", "\ufeff", "\u2028", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff\xfe", "\xe2\x82", "e\u0301\u0301\u0301", "ｒｏｐｅ",
        // pages and pictures
        "<script>touch('canary')</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "</title></style></svg>", "<!--", "-->", "]]>", "<![CDATA[", "&lt;script&gt;", "&#60;script&#62;",
        "javascript:alert(1)", "' onmouseover='alert(1)", "<?xml version=\"1.0\"?>", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;", "[a](javascript:alert(1))", "|---|",
        // gnuplot, TeX, spreadsheets, JSON, TOML
        "\"; system(\"touch canary\"); \"", "'; !touch canary", "@system", "\n!touch canary\n", "\" . system('touch canary') . \"", "{/=99 x}", "_{^{@", "\\n", "%", "%%s",
        "\\write18{touch canary}", "\\input{/etc/passwd}", "\\end{tabular}", "^^M", "$\\catcode`\\%=0$", "=cmd|'/C touch canary'!A0", "+1+cmd|' /C calc'!A0", "@SUM(1+1)", "=HYPERLINK(\"http://a\")",
        "\"}, {\"a\": \"", "\\u0000", "\"\"\"", "'''", "] = 1", "# x", "a = \"b\"",
        // sizes
        "", " ", std::string(300, 'x'), std::string(5000, '`'), "a b  c   ",
    };
}

}  // namespace

std::vector<std::string> hostile_names(std::size_t count) {
    const std::vector<std::string> parts = ingredients();
    std::vector<std::string> names;
    std::set<std::string> seen;
    std::uint64_t random = 20240229;
    const auto next = [&](std::size_t below) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>(random >> 33) % below;
    };
    for (std::size_t i = 0; names.size() < count; ++i) {
        std::string name = i < parts.size() ? parts[i] : "";
        for (std::size_t pieces = i < parts.size() ? 0 : 2 + next(3); pieces > 0; --pieces) {
            name += parts[next(parts.size())] + (next(2) == 0 ? "rope" : "");
        }
        if (seen.insert(name).second) {
            names.push_back(name);
        }
    }
    return names;
}

}  // namespace overtake
