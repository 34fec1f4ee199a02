// A figure as three neighbours: data file, gnuplot script, SVG.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace overtake {

struct Figure {
    std::string name;     // file name without suffix: lower case, digits, hyphens
    std::string title, caption;
    std::string data;     // blocks separated by two empty lines, each with a first line "# name"
    std::string script;   // gnuplot; reads NAME.dat, writes NAME.svg, without terminal and output lines
    int height = 350;     // of 480 wide
};

/// Colour, dash and point type number `k`, the same scheme the same everywhere: Okabe and Ito's eight colours, which people with
/// the common colour blindnesses tell apart, the baseline (k = 0) black; dashes and points differ as well.
std::string line_style(std::size_t k);
std::string point_style(std::size_t k);
std::string colour(std::size_t k);

/// "set xrange [low:high]" on a logarithmic axis with a margin on both sides; needs 0 < low <= high.
std::string log_range(double low, double high);

/// Distance of tics, 1, 2 or 5 times a power of ten, so that at most `most` fit into `span` > 0.
double tic_step(double span, int most);

/// Height of a figure whose key has these entries, so that the plot keeps its room below them.
int height_with_key(std::span<const std::string> entries);

/// Escapes a label for gnuplot's double-quoted, enhanced text; nothing in it is run or ends the string.
std::string gnuplot_text(const std::string& text);

/// The same for the label of a tic, which gnuplot reads as a format.
std::string gnuplot_tic(const std::string& text);

/// Writes NAME.dat and NAME.gp of each, draws them all, and returns each SVG as gnuplot wrote it. Empty where it could not be drawn;
/// then a sentence is appended to `warnings`. One gnuplot draws all: starting it is most of a drawing's time.
std::vector<std::string> draw(std::span<const Figure> figures, const std::filesystem::path& folder, std::vector<std::string>& warnings);

/// Writes text; throws IoError in words.
void write_text_file(const std::filesystem::path& file, const std::string& text);

}  // namespace overtake
