#include "sweeps/visible_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace overtake {

namespace {

struct Character {
    std::size_t bytes = 1;
    std::uint32_t code = 0;
    bool sound = false;     // well-formed UTF-8
    bool complete = true;   // false: more bytes could still make it sound
};

/// The character at the front of a text that is not empty (Unicode 15, table 3-7).
Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) {
        return {1, lead, true};
    }
    const std::size_t length = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length == 0) {
        return {};
    }
    std::uint32_t code = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (i == text.size()) {
            return {text.size(), 0, false, false};
        }
        if ((byte(i) & 0xc0) != 0x80) {
            return {};
        }
        code = code << 6 | (byte(i) & 0x3f);
    }
    const bool overlong = code < (length == 2 ? 0x80u : length == 3 ? 0x800u : 0x10000u);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return overlong || surrogate || code > 0x10ffff ? Character{} : Character{length, code, true};
}

bool commands(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
}

std::string escaped(const Character& character, char first) {
    if (character.sound && (character.code == '\n' || character.code == '\t' || character.code == '\r')) {
        return character.code == '\n' ? "\\n" : character.code == '\t' ? "\\t" : "\\r";
    }
    char text[16];
    const std::uint32_t code = character.sound ? character.code : static_cast<unsigned char>(first);
    std::snprintf(text, sizeof text, character.sound && code >= 0x80 ? "\\u%04x" : "\\x%02x", code);
    return text;
}

/// Appends the visible form of what is complete and drops it from the front; with `all`, of everything.
void take(std::string_view& text, std::string_view keep, bool all, std::string& out) {
    while (!text.empty()) {
        const Character character = first_character(text);
        if (!character.complete && !all) {
            return;
        }
        const bool kept = character.sound && (!commands(character.code) || (character.code < 0x80 && keep.find(text[0]) != std::string_view::npos));
        const std::size_t bytes = character.sound ? character.bytes : 1;
        out += kept ? std::string(text.substr(0, bytes)) : escaped(character, text[0]);
        text.remove_prefix(bytes);
    }
}

}  // namespace

std::string visible(std::string_view text, std::string_view keep) {
    std::string out;
    take(text, keep, true, out);
    return out;
}

std::string csv_field(std::string_view text) {
    std::string field = visible(text);
    const bool signed_number = field.find_first_not_of("0123456789.,+-eEinfaN[] %") == std::string::npos && !field.starts_with('=');
    const bool formula = !field.empty() && std::string_view("=+-@").find(field[0]) != std::string_view::npos && !signed_number;
    field.insert(0, formula ? "'" : "");
    if (field.find_first_of(",;\"") == std::string::npos) {
        return field;
    }
    std::string quoted = "\"";
    for (const char character : field) {
        quoted += character == '"' ? "\"\"" : std::string(1, character);
    }
    return quoted + '"';
}

VisibleOutput::VisibleOutput(std::ostream& stream, std::string_view keep) : stream_(stream), target_(stream.rdbuf(this)), keep_(keep) {}

VisibleOutput::~VisibleOutput() {
    std::string rest;
    std::string_view left = unfinished_;
    take(left, keep_, true, rest);
    target_->sputn(rest.data(), static_cast<std::streamsize>(rest.size()));
    stream_.rdbuf(target_);
}

VisibleOutput::int_type VisibleOutput::overflow(int_type character) {
    const char byte = traits_type::to_char_type(character);
    return traits_type::eq_int_type(character, traits_type::eof()) || xsputn(&byte, 1) == 1 ? traits_type::not_eof(character) : traits_type::eof();
}

std::streamsize VisibleOutput::xsputn(const char* text, std::streamsize size) {
    unfinished_.append(text, static_cast<std::size_t>(size));
    std::string out;
    std::string_view left = unfinished_;
    take(left, keep_, false, out);
    unfinished_.erase(0, unfinished_.size() - left.size());
    const auto wanted = static_cast<std::streamsize>(out.size());
    return target_->sputn(out.data(), wanted) == wanted ? size : 0;
}

int VisibleOutput::sync() { return target_->pubsync(); }

}  // namespace overtake
