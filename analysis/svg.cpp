// A drawing of gnuplot made fit to stand in a page beside others.
#include "analysis/svg.hpp"

#include <cctype>
#include <charconv>
#include <string_view>
#include <vector>

#include "analysis/tables.hpp"

namespace overtake {

namespace {

std::string replace_every(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

void remove_element(std::string& text, std::string_view begin, std::string_view end) {
    const std::size_t from = text.find(begin);
    const std::size_t to = from == std::string::npos ? from : text.find(end, from);
    if (to != std::string::npos) {
        text.erase(from, to + end.size() - from);
    }
}

/// Runs of white space become one space, or nothing where a line break stands between two elements.
std::string without_idle_space(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (std::isspace(static_cast<unsigned char>(text[i])) == 0) {
            out += text[i++];
            continue;
        }
        bool breaks = false;
        for (; i < text.size() && std::isspace(static_cast<unsigned char>(text[i])) != 0; ++i) {
            breaks = breaks || text[i] == '\n';
        }
        const bool between = !out.empty() && out.back() == '>' && i < text.size() && text[i] == '<';
        out += between && breaks ? "" : " ";
    }
    return out;
}

struct Definition {
    std::string id, text;
};

/// The elements inside <defs>, which gnuplot writes with ids in single quotes.
std::vector<Definition> definitions_of(const std::string& defs) {
    std::vector<Definition> found;
    for (std::size_t at = defs.find('<', 1); at != std::string::npos && defs.compare(at, 2, "</") != 0; at = defs.find('<', at)) {
        const std::string_view end = defs.compare(at, 7, "<filter") == 0 ? "</filter>" : "/>";
        const std::size_t stop = defs.find(end, at);
        const std::size_t id = defs.find("id='", at);
        if (stop == std::string::npos || id > stop) {
            return {};
        }
        const std::string text = defs.substr(at, stop + end.size() - at);
        found.push_back({defs.substr(id + 4, defs.find('\'', id + 4) - id - 4), text});
        at = stop + end.size();
    }
    return found;
}

/// Keeps of <defs> what the drawing or another kept definition refers to.
std::string without_unused_definitions(const std::string& svg) {
    const std::size_t from = svg.find("<defs>"), to = svg.find("</defs>");
    if (from == std::string::npos || to == std::string::npos) {
        return svg;
    }
    const std::vector<Definition> all = definitions_of(svg.substr(from + 5, to + 7 - from - 5));
    const std::string rest = svg.substr(0, from) + svg.substr(to + 7);
    if (all.empty()) {
        return svg;
    }
    std::string kept;  // a definition refers only to earlier ones: from the last to the first one pass is enough
    for (auto definition = all.rbegin(); definition != all.rend(); ++definition) {
        const std::string quoted = "#" + definition->id + "'", bracketed = "#" + definition->id + ")";
        const bool used = rest.find(quoted) != std::string::npos || rest.find(bracketed) != std::string::npos || kept.find(quoted) != std::string::npos;
        kept = used ? definition->text + kept : kept;
    }
    return svg.substr(0, from) + (kept.empty() ? "" : "<defs>" + kept + "</defs>") + svg.substr(to + 7);
}

/// "rgb(213,  94,   0)" as "#d55e00".
std::string with_short_colours(const std::string& svg) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = svg.find("rgb("); at != std::string::npos; at = svg.find("rgb(", done)) {
        out += svg.substr(done, at - done);
        std::string hex = "#";
        const char* cursor = svg.data() + at + 4;
        const char* const end = svg.data() + svg.size();
        for (int channel = 0; channel < 3; ++channel) {
            while (cursor < end && (*cursor == ' ' || *cursor == ',')) {
                ++cursor;
            }
            unsigned value = 0;
            cursor = std::from_chars(cursor, end, value).ptr;
            hex += digits[value / 16 % 16];
            hex += digits[value % 16];
        }
        out += hex;
        done = static_cast<std::size_t>(cursor - svg.data()) + 1;
    }
    return out + svg.substr(done);
}

}  // namespace

std::string svg_for_page(const std::string& svg, const std::string& prefix, const std::string& title) {
    const std::size_t begin = svg.find("<svg");
    if (begin == std::string::npos) {
        return "";
    }
    std::string out = svg.substr(begin, svg.rfind('>') + 1 - begin);
    remove_element(out, "<title>", "</title>");
    remove_element(out, "<desc>", "</desc>");
    out = with_short_colours(without_idle_space(without_unused_definitions(out)));
    out = replace_every(out, " id=\"gnuplot_canvas\"", "");
    for (const auto& [id, shorter] : {std::pair{"gnuplot_plot_", "g"}, {"gpPt", "p"}, {"gpDot", "d"}, {"textbox", "t"}, {"greybox", "b"}}) {
        for (const char mark : {'\'', '"', '#'}) {
            out = replace_every(out, mark + std::string(id), mark + prefix + shorter);
        }
    }
    return out.replace(0, 4, "<svg role=\"img\" aria-label=\"" + escape_html(title) + "\"");
}

}  // namespace overtake
