// How a study's numbers were made, in one paragraph of the report.
#pragma once

#include <string>

#include "analysis/study.hpp"

namespace overtake {

/// HTML. Says what was chosen by a test, with the test's numbers; METHODS.md says the rest.
std::string method_words(const Study& study);

}  // namespace overtake
