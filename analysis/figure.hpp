// A figure as three neighbours: data file, gnuplot script, SVG.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace overtake {

struct Figure {
    std::string name;     // file name without suffix: lower case, digits, hyphens
    std::string title, caption;
    std::string data;     // blocks separated by two empty lines, each with a first line "# name"
    std::string script;   // gnuplot; reads NAME.dat, writes NAME.svg, without terminal and output lines
};

/// Colour, dash and point type number `k`, the same scheme the same everywhere: Okabe and Ito's eight colours, which people with
/// the common colour blindnesses tell apart, the baseline (k = 0) black; dashes and points differ as well.
std::string line_style(std::size_t k);
std::string point_style(std::size_t k);
std::string colour(std::size_t k);

/// "set xrange [low:high]" on a logarithmic axis with a margin on both sides; needs 0 < low <= high.
std::string log_range(double low, double high);

/// Escapes a label for gnuplot's double-quoted, enhanced text.
std::string gnuplot_text(const std::string& text);

/// Writes NAME.dat and NAME.gp, runs gnuplot, and returns the SVG without its XML prolog, ids made unique by the name. Empty when
/// it could not be drawn; then a sentence is appended to `warnings`.
std::string draw(const Figure& figure, const std::filesystem::path& folder, std::vector<std::string>& warnings);

/// Writes text; throws IoError in words.
void write_text_file(const std::filesystem::path& file, const std::string& text);

}  // namespace overtake
