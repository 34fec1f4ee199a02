// What a careful reader would object to in a set of points, before any law is believed.
#pragma once

#include <string>
#include <vector>

#include "analysis/study.hpp"

namespace overtake {

/// One sentence each, in this order; nothing that holds of a healthy set. `exact_flops`: C is counted, not 6 N D.
/// - compute is 6 N D at a context where causal attention (6 layers T width FLOPs per token; the shape is estimated from N at 64 channels a layer) adds over 10 %
/// - rows that repeat scheme, N, D, seed and loss; rows that repeat all but the loss without another seed
/// - no cell has two seeds
/// - groups of equal C (neighbours within 10 %, three sizes or more) whose lowest loss lies at the edge of their sizes; a scheme whose groups span less than a factor 3 in N
/// - a scheme whose C spans less than a decade
/// - two schemes that share less than half of their cells; whose ranges of N or of C overlap by less than half of the wider one in logarithms
/// - a test that rejects one E for schemes which saw the same data
std::vector<std::string> point_flags(const Study& study, bool exact_flops);

}  // namespace overtake
