#include "runner/data/gcide.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>

#include <zlib.h>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// Whether the text of a bracket only says who wrote the paragraph.
bool names_a_source(std::string_view inside) {
    constexpr std::array starts{"1913 Webster", "Webster 1913", "WordNet", "Century Dict", "PJC", "+PJC"};
    constexpr std::array whole{"AS", "RDH", "RP", "GG", "MW10", "RHUD"};
    return std::any_of(starts.begin(), starts.end(),
                       [&](std::string_view start) { return inside.starts_with(start); }) ||
           std::find(whole.begin(), whole.end(), inside) != whole.end();
}

/// The bare letters of a bracket that stands for one accented letter ("a^" is a, "imac" is i), or nothing if it is
/// prose.
std::optional<std::string> bare_letter(std::string_view inside) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 16> named{{{"ae", "ae"},
                                                                                   {"oe", "oe"},
                                                                                   {"AE", "AE"},
                                                                                   {"OE", "OE"},
                                                                                   {"imac", "i"},
                                                                                   {"aum", "a"},
                                                                                   {"add", "a"},
                                                                                   {"udd", "u"},
                                                                                   {"asl", "a"},
                                                                                   {"eth", "th"},
                                                                                   {"thorn", "th"},
                                                                                   {"th", "th"},
                                                                                   {"ng", "ng"},
                                                                                   {"yogh", "g"},
                                                                                   {"deg", " degrees"},
                                                                                   {"root", ""}}};
    for (const auto& [name, letters] : named) {
        if (inside == name) {
            return std::string(letters);
        }
    }
    if (inside.size() > 3 || inside.find_first_of("'^=.~\"-*,`") == std::string_view::npos) {
        return std::nullopt;
    }
    std::string letters;
    bool marked = false;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (std::isalpha(static_cast<unsigned char>(inside[i]))) {
            letters += inside[i];
        } else if (inside[i] == '.' && i > 0) {
            return std::nullopt;  // "F." is French, ".a" is an a with a dot
        } else {
            marked = true;
        }
    }
    return marked && !letters.empty() ? std::optional(letters) : std::nullopt;
}

/// Length of the pronunciation in parentheses that `text` begins with, 0 if it begins with none.
std::size_t pronunciation_size(std::string_view text) {
    const std::size_t open = text.find_first_not_of(' ');
    if (open == std::string_view::npos || text[open] != '(') {
        return 0;
    }
    const std::size_t close = text.find(')', open);
    const bool phonetic = close != std::string_view::npos &&
                          text.substr(open, close - open).find_first_of("[\"*`") != std::string_view::npos;
    return phonetic ? close + 1 : 0;
}

/// One paragraph without its markup.
std::string clean_paragraph(std::string_view text) {
    std::string out;
    const auto put = [&out](char character) {
        if (character != ' ' || (!out.empty() && out.back() != ' ')) {
            out += character;
        }
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char character = text[i];
        if (character == '\\') {
            const std::size_t close = text.find('\\', i + 1);
            if (close != std::string_view::npos) {
                i = close + pronunciation_size(text.substr(close + 1));
                while (!out.empty() && out.back() == ' ') {
                    out.pop_back();
                }
            }
        } else if (character == '[') {
            const std::size_t close = text.find(']', i);
            const std::string_view inside = close == std::string_view::npos ? "" : text.substr(i + 1, close - i - 1);
            if (names_a_source(inside)) {
                i = close;
            } else if (const auto letters = bare_letter(inside)) {
                std::for_each(letters->begin(), letters->end(), put);
                i = close;
            } else {
                put(character);
            }
        } else if (character != '{' && character != '}' && static_cast<unsigned char>(character) < 0x80) {
            put(character);
        }
    }
    while (!out.empty() && out.back() == ' ') {
        out.pop_back();
    }
    return out;
}

}  // namespace

std::string read_dictionary(const std::filesystem::path& file) {
    const std::unique_ptr<gzFile_s, decltype(&gzclose)> stream(gzopen(file.c_str(), "rb"), &gzclose);
    if (!stream) {
        throw IoError("cannot read the dictionary '" + file.string() +
                      "' (it is not there or not readable); install Debian's package dict-gcide, or name the file with "
                      "--dictionary");
    }
    gzbuffer(stream.get(), 1 << 18);
    std::string text;
    std::array<char, 1 << 16> chunk{};
    int count = 0;
    while ((count = gzread(stream.get(), chunk.data(), chunk.size())) > 0) {
        text.append(chunk.data(), static_cast<std::size_t>(count));
    }
    int problem = Z_OK;
    const std::string reason = gzerror(stream.get(), &problem);
    if (count < 0 || problem != Z_OK || text.empty()) {
        throw IoError("cannot read the dictionary '" + file.string() + "' (" +
                      (reason.empty() ? "it is empty" : reason) + "); install Debian's package dict-gcide again");
    }
    return text;
}

std::string clean_gcide(std::string_view dictionary) {
    std::string out, paragraph;
    out.reserve(dictionary.size());
    bool entry_begins = false, inside_entries = false;
    const auto end_paragraph = [&] {
        const std::string clean = clean_paragraph(paragraph);
        paragraph.clear();
        if (!clean.empty()) {
            out += (entry_begins && !out.empty() ? "\n" : "") + clean + "\n";
            entry_begins = false;
        }
    };
    while (!dictionary.empty()) {
        const std::size_t end = std::min(dictionary.find('\n'), dictionary.size());
        const std::string_view line = dictionary.substr(0, end);
        dictionary.remove_prefix(std::min(end + 1, dictionary.size()));
        // A headword stands in the first column, its respelling between backslashes.
        const bool headword = !line.empty() && line.front() != ' ' && std::count(line.begin(), line.end(), '\\') >= 2;
        inside_entries = inside_entries || headword;
        if (!inside_entries) {
            continue;
        }
        if (headword || line.find_first_not_of(' ') == std::string_view::npos) {
            end_paragraph();
            entry_begins = entry_begins || headword;
        }
        paragraph.append(line).append(" ");
        if (line.ends_with(']') && line.find_last_of('[') == line.find_first_not_of(' ')) {
            end_paragraph();
        }
    }
    end_paragraph();
    return out;
}

}  // namespace overtake
