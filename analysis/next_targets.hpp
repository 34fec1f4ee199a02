// Where a crossing may lie, given how sure the laws are: what a proposal is to make sharper.
#pragma once

#include <vector>

#include "analysis/gap_information.hpp"

namespace overtake {

/// A place in compute where the gap may be 0.
struct Target {
    double log10_flops = 0;
    double slope = 0;              // of the gap there [nats per decade]; NaN where the drawn laws do not cross within reach
    std::vector<double> gradient;  // of the gap in the free numbers
};

/// Of `draws` pairs of laws drawn from their normal distribution: the crossing nearest to `about` within [low, high]; where there is none, the end or
/// interior point at which the gap is nearest to 0. So a design that is good for these is good on average over what the data leave open, not at the
/// estimate alone (Bayesian c-optimality; Chaloner and Verdinelli 1995). The same draws for the same study.
std::vector<Target> draw_targets(const GapInformation& information, double about, double low, double high, std::size_t draws);

}  // namespace overtake
