// The three losses of design 9a, each as sets of points, one per train length.
#pragma once

#include <string>
#include <vector>

#include "analysis/observations.hpp"

namespace overtake {

struct EstimandPoints {
    std::int64_t train_length = 0, length = 0;  // [tokens]
    ObservationSet set;
};

/// - "E1": loss at the train length; `length` is not looked at.
/// - "E2": loss at target positions from the train length T on, in windows of X = `length` ("4x" T, or tokens): the same target tokens for all. Every use of
///   compute is a scheme of its own: zero-shot extensions, fine-tuned ones (a share of D, which C contains), and training at X throughout
///   ("rope+trained-at-4096", of the trials with train length X; their loss is averaged over the position bins from T on, weighted by width).
/// - "E3": loss of the needle's answer in windows of X, mean over depths.
/// Rules and counts of left-out trials are those of `filter`. One entry per train length that has points, ascending; `train_length` > 0: that one alone.
std::vector<EstimandPoints> estimand_points(const Results& results, const std::string& estimand, const std::string& length, std::int64_t train_length,
                                            const ObservationFilter& filter);

}  // namespace overtake
