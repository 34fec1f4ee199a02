#include "sweeps/document.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

// TOML++ asserts, or with newer compilers assumes, what malformed input can make untrue (a key that begins with neither
// a bare character nor a quote); without either it goes on to report a syntax error.
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_ASSUME(expr) static_cast<void>(0)
#include <toml++/toml.hpp>

#include "sweeps/canonical_text.hpp"
#include "sweeps/syntax_hints.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

Place place_of(const toml::source_region& region) {
    return {std::max<std::int64_t>(1, region.begin.line), std::max<std::int64_t>(1, region.begin.column)};
}

DocumentNode convert(const toml::node& node);

DocumentNode::Table convert_table(const toml::table& table) {
    DocumentNode::Table entries;
    for (const auto& [key, node] : table) {
        entries.push_back({std::string(key.str()), place_of(key.source()), convert(node)});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const DocumentEntry& a, const DocumentEntry& b) { return a.place < b.place; });
    return entries;
}

DocumentNode convert(const toml::node& node) {
    DocumentNode result;
    result.place = place_of(node.source());
    if (const auto* flag = node.as_boolean()) {
        result.value = flag->get();
    } else if (const auto* integer = node.as_integer()) {
        result.value = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
        result.value = number->get();
    } else if (const auto* text = node.as_string()) {
        result.value = text->get();
    } else if (const auto* array = node.as_array()) {
        DocumentNode::Array items;
        for (const toml::node& item : *array) {
            items.push_back(convert(item));
        }
        result.value = std::move(items);
    } else if (const auto* table = node.as_table()) {
        result.value = convert_table(*table);
    } else {
        std::ostringstream type;
        type << node.type();
        result.value = DocumentNode::Other{type.str()};
    }
    return result;
}

/// Bytes of the character of UTF-8 at the beginning of `text`.
std::size_t character_at(std::string_view text) {
    std::size_t taken = 1;
    while (taken < text.size() && (text[taken] & 0xc0) == 0x80) {
        ++taken;
    }
    return taken;
}

/// The text with '~' for every character outside strings and comments that is not ASCII: none is legal there. Lines and columns stay. A quote opens a
/// string where one may stand, which is right in every sound text. `inside` says what stands for those in strings and comments (nullptr: themselves).
std::string ascii_outside_strings(std::string_view text, char (*inside)(std::string_view character, unsigned salt) = nullptr, unsigned salt = 0) {
    constexpr std::string_view before_string = " \t\r\n=[{,.";
    std::string out;
    std::string_view closing;  // of the string or comment that is open
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        std::size_t taken = 1;
        if (!closing.empty()) {
            const bool escapes = closing[0] == '"' && rest[0] == '\\' && rest.size() > 1;
            const bool closes = rest.starts_with(closing);
            const bool ends_line = rest[0] == '\n' && closing.size() < 3;
            taken = escapes ? 2 : closes ? closing.size() : 1;
            closing = (closes && !escapes) || ends_line ? std::string_view() : closing;
            if (inside != nullptr && static_cast<unsigned char>(rest[0]) >= 0x80) {
                taken = character_at(rest);
                out += inside(rest.substr(0, taken), salt);
                at += taken;
                continue;
            }
        } else if (rest[0] == '#' || ((rest[0] == '"' || rest[0] == '\'') && (at == 0 || before_string.find(text[at - 1]) != std::string_view::npos))) {
            constexpr std::string_view triple[] = {"\"\"\"", "\'\'\'"};
            closing = rest[0] == '#' ? "\n" : rest.starts_with(triple[0]) ? triple[0] : rest.starts_with(triple[1]) ? triple[1] : rest.substr(0, 1);
            taken = rest[0] == '#' ? 1 : closing.size();
        } else if (static_cast<unsigned char>(rest[0]) >= 0x80 && !(at == 0 && rest.starts_with("\xef\xbb\xbf"))) {
            out += '~';
            at += character_at(rest);
            continue;
        } else if (at == 0 && rest.starts_with("\xef\xbb\xbf")) {
            taken = 3;
        }
        out += rest.substr(0, taken);
        at += taken;
    }
    return out;
}

char some_letter(std::string_view character, unsigned salt) {
    unsigned sum = salt;
    for (const char byte : character) {
        sum = (sum ^ static_cast<unsigned char>(byte)) * (0x01000193u + 2 * salt);
    }
    return static_cast<char>('a' + (sum >> 16) % 26);
}

/// TOML++ 3.4 takes some letters that are not ASCII for impossible where it doesn't expect them (a Greek one behind a number), and would then do
/// anything. So a text is read in letters of ASCII first: where that succeeds its strings are where we took them to be, and the others meet
/// no surprise. Only names may turn out alike by that, which another choice of letters tells.
toml::table parse_in_two_readings(std::string_view text) {
    for (unsigned salt = 0; salt < 3; ++salt) {
        try {
            (void)toml::parse(ascii_outside_strings(text, some_letter, salt));
            break;
        } catch (const toml::parse_error& error) {
            if (error.description().find("redefine") == std::string_view::npos) {
                throw;
            }
        }
    }
    return toml::parse(ascii_outside_strings(text));
}

}  // namespace

std::string DocumentNode::type_name() const {
    constexpr std::string_view names[] = {"true or false", "an integer", "a number", "a string", "an array", "a table"};
    const auto* other = as<Other>();
    return other != nullptr ? "a " + other->type : std::string(names[value.index()]);
}

std::string DocumentNode::shown() const {
    if (const auto* text = as<std::string>()) {
        return "\"" + *text + "\"";
    }
    if (const auto* integer = as<std::int64_t>()) {
        return to_text(*integer);
    }
    const auto* number = as<double>();
    return number != nullptr && std::isfinite(*number) ? to_text(*number)
           : number != nullptr                         ? "not a finite number"
                                                       : type_name();
}

const DocumentEntry* DocumentNode::find(std::string_view key) const {
    const auto* table = as<Table>();
    if (table == nullptr) {
        return nullptr;
    }
    const auto found =
        std::find_if(table->begin(), table->end(), [&](const DocumentEntry& entry) { return entry.key == key; });
    return found == table->end() ? nullptr : &*found;
}

void Complaints::add(Place place, std::string what) {
    std::pair<Place, std::string> complaint{place, std::move(what)};
    if (seen_.insert(complaint).second) {
        found_.push_back(std::move(complaint));
    }
}

std::vector<Problem> Complaints::problems() const {
    auto sorted = found_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Problem> problems;
    for (const auto& [place, what] : sorted) {
        problems.push_back({visible(source_) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column), visible(what)});
    }
    return problems;
}

DocumentNode parse_document(std::string_view toml_text, Complaints& complaints) {
    DocumentNode empty;
    empty.value = DocumentNode::Table{};
    if (toml_text.size() > most_document_bytes) {
        complaints.add(
            {}, "the file has " + std::to_string(toml_text.size()) + " bytes (at most 1 MiB); is this a sweep file?");
        return empty;
    }
    try {
        return convert(parse_in_two_readings(toml_text));
    } catch (const toml::parse_error& error) {
        std::string what(error.description());
        if (!what.empty() && what[0] >= 'A' && what[0] <= 'Z') {
            what[0] = static_cast<char>(what[0] - 'A' + 'a');
        }
        const SyntaxHint hint = syntax_hint(toml_text, place_of(error.source()), what);
        complaints.add(hint.place, what + " (TOML syntax; what follows was not read)" + hint.suggestion);
        return empty;
    }
}

}  // namespace overtake
