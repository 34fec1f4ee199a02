// Figures of what position parameters became: spectra, frequencies, biases over lag, similarities, agreement between seeds.
#pragma once

#include <vector>

#include "analysis/figure.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

/// Of each scheme's largest trials, as far as the task "structure" left curves: power spectrum of a table with what shuffled rows give;
/// frequencies against RoPE's grid and the best grid, with its base; bias over lag of at most 8 heads with the fitted family; cosine
/// similarity of positions; strength of each part by layer; what content decides (content_figures.hpp); last, how well the seeds of each scheme agree.
std::vector<Figure> structure_figures(const Results& results);

}  // namespace overtake
