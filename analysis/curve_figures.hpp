// Figures of single trials: loss curves, loss by position, loss beyond the training length.
#pragma once

#include <string>
#include <vector>

#include "analysis/figure.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

/// All that the results hold: training loss of the largest sizes, then, for the largest cell of each train length, held-out loss by
/// position and by context length. `baseline` is drawn in black.
std::vector<Figure> curve_figures(const Results& results, const std::string& baseline);

}  // namespace overtake
