// How the report's page looks.
#pragma once

#include <string>

namespace overtake {

/// The page's only style sheet. Everything stands in one column on a telephone and in two on a desk; wide tables scroll by themselves.
extern const char* const page_style;

/// Escaped for HTML, with "10^12.3" and "10^-3" as powers.
std::string prose_html(const std::string& words);

}  // namespace overtake
