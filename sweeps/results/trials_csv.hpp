// The table of trials as CSV, one line per trial and context length.
#pragma once

#include <ostream>

#include "sweeps/results/results_file.hpp"

namespace overtake {

/// RFC 4180 with a header line; numbers in the shortest form that reads back to the same bits; an empty field where
/// there is no number. A trial without evaluations has one line, with those fields empty.
void print_trials_csv(std::ostream& out, const Results& results);

}  // namespace overtake
