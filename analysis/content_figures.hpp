// Figures of what content decides and of what each frequency is used for: gates, temperatures, phases, use.
#pragma once

#include <vector>

#include "analysis/figure.hpp"
#include "analysis/learned_series.hpp"

namespace overtake {

/// Of the first seed of a scheme, as far as it left such curves, a colour a layer, a line a head: quantiles of each gate over held-out
/// text; factor of the logits over the number of visible keys; phase of each channel; and how much queries and keys make of each
/// frequency.
std::vector<Figure> content_figures(const LearnedScheme& scheme);

}  // namespace overtake
