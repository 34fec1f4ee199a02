// A drawing of gnuplot made fit to stand in a page beside others.
#pragma once

#include <string>

namespace overtake {

/// `svg` without its prolog, unused definitions and idle white space; every id begins with `prefix` (letters and digits, unique in the
/// page), and `title` is what a screen reader says. Draws the same.
std::string svg_for_page(const std::string& svg, const std::string& prefix, const std::string& title);

}  // namespace overtake
