// A figure as three neighbours: data file, gnuplot script, SVG.
#include "analysis/figure.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "analysis/gnuplot.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr const char* colours[] = {"#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195"};
constexpr const char* dashes[] = {"1", "'-'", "'.-'", "'..-'", "'- . .'", "'.'"};
constexpr int points[] = {7, 5, 9, 11, 13, 4, 6, 8};

std::string replace_every(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

}  // namespace

std::string colour(std::size_t k) { return colours[k % std::size(colours)]; }

std::string line_style(std::size_t k) {
    return "lc rgb '" + colour(k) + "' lw 2 dt " + (k < std::size(colours) ? dashes[k % 3 == 0 ? 0 : k % 3] : dashes[3 + k % 3]);
}

std::string point_style(std::size_t k) {
    return "lc rgb '" + colour(k) + "' pt " + std::to_string(points[k % std::size(points)]) + " ps 0.7";
}

std::string log_range(double low, double high) {
    double margin = std::max(0.04 * std::log(high / low), 0.05);
    return "set xrange [" + shortest(low * std::exp(-margin)) + ":" + shortest(high * std::exp(margin)) + "]\n";
}

std::string gnuplot_text(const std::string& text) {
    std::string out;
    for (char c : text) {
        if (c == '"' || c == '\\' || c == '\n') {
            out += ' ';
        } else if (c == '_' || c == '^' || c == '@' || c == '&' || c == '~' || c == '{' || c == '}') {
            out += std::string("\\\\") + c;
        } else {
            out += c;
        }
    }
    return out;
}

void write_text_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) {
        throw IoError("cannot write '" + file.string() + "'; is there room, and may you write there?");
    }
}

std::string draw(const Figure& figure, const std::filesystem::path& folder, std::vector<std::string>& warnings) {
    write_text_file(folder / (figure.name + ".dat"), figure.data);
    write_text_file(folder / (figure.name + ".gp"),
                    "# " + figure.title + ". Run: gnuplot " + figure.name + ".gp\n" +
                        "set terminal svg size 560,400 dynamic enhanced font 'Helvetica,15' background '#ffffff' linewidth 1\n" +
                        "set output '" + figure.name + ".svg'\nset border 3 lw 1\nset tics nomirror out scale 0.6\n" +
                        "set grid lc rgb '#dddddd' lw 0.7 dt 1\nset key outside top center horizontal Left reverse samplen 2.5 width 1\n" +
                        "set encoding utf8\n" + figure.script);
    if (auto failure = run_gnuplot(folder, figure.name + ".gp")) {
        warnings.push_back("figure " + figure.name + ": " + *failure);
        return "";
    }
    std::ifstream in(folder / (figure.name + ".svg"), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    std::string svg = text.str();
    svg = svg.substr(std::min(svg.find("<svg"), svg.size()));
    return replace_every(replace_every(svg, "gnuplot_plot_", figure.name + "_plot_"), "gpPt", figure.name + "_pt");
}

}  // namespace overtake
