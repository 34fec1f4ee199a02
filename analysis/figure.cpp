// A figure as three neighbours: data file, gnuplot script, SVG.
#include "analysis/figure.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "analysis/gnuplot.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

constexpr const char* colours[] = {"#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195"};
constexpr const char* dashes[] = {"1", "'-'", "'.-'", "'..-'", "'- . .'", "'.'"};
constexpr int points[] = {7, 5, 9, 11, 13, 4, 6, 8};

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

double tic_step(double span, int most) {
    const double least = span / most, decade = std::pow(10.0, std::floor(std::log10(least)));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (step * decade >= least * (1 - 1e-9)) {
            return step * decade;
        }
    }
    return 10 * decade;
}

int height_with_key(std::span<const std::string> entries) {
    std::size_t longest = 1;
    for (const std::string& entry : entries) {
        longest = std::max(longest, entry.size());
    }
    const std::size_t columns = std::clamp<std::size_t>(400 / (8 * longest + 50), 1, 4), lines = (entries.size() + columns - 1) / columns;
    return 300 + 20 * static_cast<int>(lines);
}

std::string gnuplot_text(const std::string& text) {
    std::string out;
    for (char c : visible(text)) {
        if (c == '"' || c == '\\') {
            out += ' ';
        } else if (c == '`') {
            out += '\'';  // gnuplot runs what stands between two of them
        } else if (c == '_' || c == '^' || c == '@' || c == '&' || c == '~' || c == '{' || c == '}') {
            out += std::string("\\\\") + c;
        } else {
            out += c;
        }
    }
    return out;
}

std::string gnuplot_tic(const std::string& text) {
    std::string out;
    for (char c : gnuplot_text(text)) {
        out += c == '%' ? "%%" : std::string(1, c);
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

std::vector<std::string> draw(std::span<const Figure> figures, const std::filesystem::path& folder, std::vector<std::string>& warnings) {
    std::vector<std::string> scripts;
    for (const Figure& figure : figures) {
        scripts.push_back(figure.name + ".gp");
        write_text_file(folder / (figure.name + ".dat"), figure.data);
        write_text_file(folder / scripts.back(),
                        "# " + gnuplot_text(figure.title) + ". Run: gnuplot " + figure.name + ".gp\nreset\n" +
                            "set terminal svg size 480," + std::to_string(figure.height) + " dynamic enhanced font 'Helvetica,14' background '#ffffff' linewidth 1\n" +
                            "set output '" + figure.name + ".svg'\nset border 3 lw 1\nset tics nomirror out scale 0.6\n" +
                            "set xtics offset 0,0.3\nset xlabel offset 0,0.5\nset grid lc rgb '#dddddd' lw 0.7 dt 1\nset key outside top center horizontal Left reverse samplen 2 width 1\n" +
                            "set encoding utf8\n" + figure.script + "set output\n");
        std::error_code ignored;
        std::filesystem::remove(folder / (figure.name + ".svg"), ignored);
    }
    std::vector<std::string> drawn(figures.size());
    if (figures.empty()) {
        return drawn;
    }
    const auto refused = run_gnuplot(folder, scripts);  // it stops at the first script with a mistake: then each for itself
    if (refused && refused->starts_with(no_gnuplot)) {
        warnings.push_back(*refused);
        return drawn;
    }
    for (std::size_t i = 0; i < figures.size(); ++i) {
        if (refused) {
            if (auto failure = run_gnuplot(folder, {&scripts[i], 1})) {
                warnings.push_back("figure " + figures[i].name + ": " + *failure);
                continue;
            }
        }
        std::ifstream in(folder / (figures[i].name + ".svg"), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        drawn[i] = text.str();
    }
    return drawn;
}

}  // namespace overtake
