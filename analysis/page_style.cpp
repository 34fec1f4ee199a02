// How the report's page looks.
#include "analysis/page_style.hpp"

#include <cctype>

#include "analysis/tables.hpp"

namespace overtake {

const char* const page_style = R"(
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto; max-width: 76rem; padding: 0 1rem 4rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; } h3 { font-size: 1rem; }
.verdict { border-left: .35rem solid #777; padding: .35rem .8rem; margin: .6rem 0; background: #f7f7f7; overflow-wrap: anywhere; }
.verdict.overtakes, .verdict.leads { border-color: #0072B2; } .verdict.overtaken, .verdict.trails { border-color: #D55E00; }
.verdict.equivalent { border-color: #009E73; } .verdict b { display: block; font-size: .85rem; color: #555; font-weight: 600; }
.verdict small, .notes, details { color: #555; font-size: .85rem; } details ul { margin: .2rem 0; padding-left: 1.2rem; } summary { cursor: pointer; }
sup { line-height: 0; font-size: .75em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.5rem; align-items: start; }
figure { margin: 0; min-width: 0; max-width: 40rem; } figure h3 { margin: 0 0 .3rem; overflow-wrap: anywhere; } figure svg { width: 100%; height: auto; display: block; } figure svg image { image-rendering: pixelated; }
figcaption { font-size: .85rem; color: #444; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: .8rem 0; } table { border-collapse: collapse; font-size: .85rem; } caption { text-align: left; color: #444; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #e3e3e3; white-space: nowrap; }
td.long { white-space: normal; min-width: 24rem; }
code { background: #f2f2f2; padding: 0 .2rem; overflow-wrap: anywhere; }
)";

std::string prose_html(const std::string& words) {
    const std::string escaped = escape_html(words);
    const auto digit = [&](std::size_t i) { return i < escaped.size() && std::isdigit(static_cast<unsigned char>(escaped[i])) != 0; };
    std::string out;
    for (std::size_t i = 0; i < escaped.size();) {
        if (escaped.compare(i, 3, "10^") != 0 || !(digit(i + 3) || (escaped[i + 3] == '-' && digit(i + 4)))) {
            out += escaped[i++];
            continue;
        }
        std::size_t end = i + 4;
        while (digit(end) || (escaped[end] == '.' && digit(end + 1))) {
            ++end;
        }
        out += "10<sup>" + escaped.substr(i + 3, end - i - 3) + "</sup>";
        i = end;
    }
    return out;
}

}  // namespace overtake
