#include "sweeps/example_lines.hpp"

#include <algorithm>
#include <cctype>

namespace overtake {

namespace {

std::size_t comment_of(const std::string& line) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < line.size() && (quoted || line[at] != '#'); ++at) {
        quoted = quoted != (line[at] == '"');
    }
    for (; at > 0 && line[at - 1] == ' '; --at) {
    }
    return at;
}

bool is_key(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

Lines lines_of(std::string_view file) {
    Lines lines;
    for (std::size_t at = 0; at < file.size();) {
        const std::size_t end = std::min(file.find('\n', at), file.size());
        lines.emplace_back(file.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

std::string piece(const Lines& lines, const Spot& spot) { return lines[spot.line].substr(spot.begin, spot.size); }

std::string section_at(const Lines& lines, std::size_t line) {
    for (std::size_t i = line + 1; i-- > 0;) {
        if (lines[i].starts_with('[')) {
            const std::size_t begin = lines[i].find_first_not_of('[');
            return lines[i].substr(begin, lines[i].find(']') - begin);
        }
    }
    return "";
}

std::size_t header_of(const Lines& lines, const std::string& section) {
    return static_cast<std::size_t>(std::find_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with("[" + section + "]"); }) - lines.begin());
}

std::vector<Spot> keys(const Lines& lines) {
    std::vector<Spot> found;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::size_t end = 0;
        for (; end < lines[i].size() && is_key(lines[i][end]); ++end) {
        }
        if (end > 0 && lines[i].compare(end, 3, " = ") == 0) {
            found.push_back({i, 0, end, section_at(lines, i), lines[i].substr(0, end)});
        }
    }
    return found;
}

std::vector<Spot> values(const Lines& lines) {
    std::vector<Spot> found;
    for (const Spot& key : keys(lines)) {
        const std::size_t begin = key.size + 3, end = comment_of(lines[key.line]);
        const std::string value = lines[key.line].substr(begin, end - begin);
        if (std::count(value.begin(), value.end(), '[') == std::count(value.begin(), value.end(), ']')) {
            found.push_back({key.line, begin, end - begin, key.section, key.key});
        }
    }
    return found;
}

std::vector<Spot> quoted(const Lines& lines) {
    std::vector<Spot> found;
    std::string key;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string line = lines[i].substr(0, comment_of(lines[i]));
        key = line.find(" = ") != std::string::npos && is_key(line[0]) ? line.substr(0, line.find(" = ")) : key;
        for (std::size_t at = line.find('"'); at != std::string::npos;) {
            const std::size_t end = line.find('"', at + 1);
            std::size_t before = at;
            std::string inner = key;
            if (at >= 3 && line.compare(at - 3, 3, " = ") == 0) {
                for (before = at - 3; before > 0 && is_key(line[before - 1]); --before) {
                }
                inner = line.substr(before, at - 3 - before);
            }
            found.push_back({i, at, end + 1 - at, section_at(lines, i), inner});
            at = line.find('"', end + 1);
        }
    }
    return found;
}

std::vector<Spot> lists(const Lines& lines, std::ptrdiff_t least) {
    return where(values(lines), [&](const Spot& spot) {
        const std::string text = piece(lines, spot);
        return text[0] == '[' && text.find('{') == std::string::npos && std::count(text.begin(), text.end(), ',') + 1 >= least;
    });
}

std::vector<Spot> inline_tables(const Lines& lines, const std::string& with) {
    std::vector<Spot> found;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::size_t begin = lines[i].find('{'), end = lines[i].find('}');
        if (begin != std::string::npos && end != std::string::npos && lines[i].find(with) < end) {
            found.push_back({i, begin, end + 1 - begin, section_at(lines, i), ""});
        }
    }
    return found;
}

std::string misspelt(const std::string& word, Random& random) {
    constexpr std::string_view rows = "qwertyuiopasdfghjklzxcvbnm";
    for (;;) {
        std::string typed = word;
        const std::size_t at = random.below(word.size());
        const std::size_t beside = rows.find(typed[at]);
        switch (random.below(4)) {
            case 0:
                std::swap(typed[at], typed[std::min(at + 1, typed.size() - 1)]);
                break;
            case 1:
                typed.erase(at, 1);
                break;
            case 2:
                typed.insert(at, 1, typed[at]);
                break;
            default:
                typed[at] = beside == std::string_view::npos ? typed[at] : rows[(beside + 1) % rows.size()];
        }
        if (typed != word && std::isalpha(static_cast<unsigned char>(typed[0])) != 0) {
            return typed;
        }
    }
}

}  // namespace overtake
