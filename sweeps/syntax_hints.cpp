#include "sweeps/syntax_hints.hpp"

#include <algorithm>
#include <cctype>

namespace overtake {

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The line of that number, from 1, without its end.
std::string_view line_of(std::string_view text, std::int64_t number) {
    for (; number > 1; --number) {
        const std::size_t end = text.find('\n');
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

/// The byte at which a column begins; columns count characters from 1.
std::size_t byte_of(std::string_view line, std::int64_t column) {
    std::size_t at = 0;
    for (; column > 1 && at < line.size(); --column) {
        for (++at; at < line.size() && (line[at] & 0xc0) == 0x80; ++at) {
        }
    }
    return at;
}

/// What stands between the last separator before `at` and the next one after it.
std::string_view word_around(std::string_view line, std::size_t at) {
    constexpr std::string_view separators = " \t=,[]{}#\"'";
    std::size_t begin = std::min(at, line.size()), end = begin;
    for (; begin > 0 && separators.find(line[begin - 1]) == std::string_view::npos; --begin) {
    }
    for (; end < line.size() && separators.find(line[end]) == std::string_view::npos; ++end) {
    }
    return line.substr(begin, end - begin);
}

/// Whether the parser took a word for a number or for true because of its first letters.
bool is_word_taken_for_value(std::string_view word, std::string_view what) {
    return !word.empty() && is_letter(word[0]) && (what.find("parsing floating-point") != std::string_view::npos || what.find("parsing boolean") != std::string_view::npos);
}

std::string hint_for_value(std::string_view word) {
    std::string small(word);
    std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (small == "true" || small == "false") {
        return "; write " + small;
    }
    if (small == "yes" || small == "no" || small == "on" || small == "off") {
        return std::string("; write ") + (small == "yes" || small == "on" ? "true" : "false");
    }
    if (small == "none" || small == "null" || small == "nil") {
        return "; leave the key out";
    }
    if (word.starts_with("\xe2\x80\x9c") || word.starts_with("\xe2\x80\x9d") || word.starts_with("\xe2\x80\x98")) {
        return "; write straight quotes, \"...\"";
    }
    if (word.starts_with('.') && word.size() > 1 && is_digit(word[1])) {
        return "; write 0" + std::string(word);
    }
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '%' || c == '/' || c == '+'; });
    return plain && !word.empty() && (is_letter(word[0]) || is_digit(word[0])) ? "; write \"" + std::string(word) + "\", in quotes" : "";
}

std::string hint(std::string_view line, std::size_t at, std::string_view what) {
    const char here = at < line.size() ? line[at] : '\0';
    const auto says = [&](std::string_view part) { return what.find(part) != std::string_view::npos; };
    if (says("cannot redefine existing table")) {
        return "; write all keys of a section under one header";
    }
    if (says("cannot redefine existing")) {
        return "; keep one";
    }
    if (says("expected '='")) {
        return here == ':' ? "; write '=' instead of ':'" : "; write '=' between a key and its value";
    }
    if (says("expected value, saw") || line.substr(0, at).ends_with('=')) {
        return here == '=' ? "; write one '='" : "; write a value after '='";
    }
    if (says("escape sequence")) {
        return "; write \\\\ for a backslash, or put the text in single quotes";
    }
    if (says("parsing string") || says("parsing literal string")) {
        return "; close the quotes";
    }
    if (says("expected comma")) {
        return here == '"' || here == '{' || here == '\'' || is_digit(here) ? "; write a comma before it"
                                                                          : std::string("; write '") + (says("array") ? ']' : '}') + "' before it";
    }
    if (says("parsing inline table")) {
        return here == '\0' ? "; close the table with '}' on its line" : "";
    }
    if (says("parsing array")) {
        return "; close the list with ']'";
    }
    if (says("parsing table header")) {
        return "; close the header with ']'";
    }
    if (here == ',') {
        const bool decimal = at > 0 && is_digit(line[at - 1]) && at + 1 < line.size() && is_digit(line[at + 1]);
        return decimal ? "; write a decimal point" : "; leave the comma out, or put the values in [ ]";
    }
    if (says("leading zeroes")) {
        return "; leave the zeroes out";
    }
    return hint_for_value(word_around(line, at));
}

}  // namespace

SyntaxHint syntax_hint(std::string_view toml_text, Place place, std::string_view what) {
    const std::string_view line = line_of(toml_text, place.line);
    std::size_t at = byte_of(line, place.column);
    at += line.substr(0, at).ends_with('=') && at < line.size() && line[at] == ' ' ? 1 : 0;
    SyntaxHint result{place, hint(line, at, what)};
    if (const std::string_view word = word_around(line, at); is_word_taken_for_value(word, what)) {
        result.place.column -= static_cast<std::int64_t>(line.data() + at - word.data());
    }
    const std::size_t quote = what.find("cannot redefine existing") == std::string_view::npos ? std::string_view::npos : what.find('\'');
    if (quote != std::string_view::npos && what.find("table header") == std::string_view::npos) {
        std::string_view key = what.substr(quote + 1, what.find('\'', quote + 1) - quote - 1);
        key.remove_prefix(key.rfind('.') + 1);
        const std::size_t found = line.rfind(key, at);
        result.place.column = found == std::string_view::npos ? place.column : static_cast<std::int64_t>(found) + 1;
    }
    return result;
}

}  // namespace overtake
