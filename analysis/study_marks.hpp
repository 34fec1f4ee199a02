// How a study and its schemes are named and coloured in figures.
#pragma once

#include <string>

#include "analysis/study.hpp"

namespace overtake {

/// "-128" behind file names of a study at 128 tokens of context; "" where the context is not known.
std::string file_suffix(const Study& study);

/// " at 128 tokens of context", or "".
std::string at_context(const Study& study);

/// "all points" for the one scheme of a table that names none.
std::string shown_name(const std::string& scheme);

/// Letters, digits and hyphens of a scheme's name.
std::string file_part(const std::string& scheme);

/// Number for line_style() and its kin: the baseline is 0 (black), the others follow in order.
std::size_t mark_of(const Study& study, const std::string& scheme);

/// Place in study.schemes; the scheme must be there.
std::size_t index_of(const Study& study, const std::string& scheme);

}  // namespace overtake
