// Errors of laws, and of the gap between them, on sizes that they were not fitted to.
#pragma once

#include <cmath>
#include <string>
#include <vector>


namespace overtake {

struct Study;

/// One scheme on one group of sizes that was left out.
struct HeldOutError {
    std::string scheme;
    std::size_t rows = 0;
    double bias = 0, root_mean_square = 0;          // of log predicted - log measured loss
    std::size_t pairs = 0;                          // of trials of the baseline in the same cell and seed
    double gap_bias = NAN, gap_root_mean_square = NAN;  // of predicted - measured (scheme - baseline) [nats]; NaN without pairs
    double mean_gap = NAN;                          // measured, over the same pairs [nats]
};

struct HeldOutSizes {
    double low_parameters = 0, high_parameters = 0;
    bool largest = false;
    std::vector<HeldOutError> errors;               // by scheme; empty where the rest cannot be fitted
};

/// Leaves out every group of sizes in turn, the largest too: fits all usable schemes to the rest as the study did (same objective,
/// constraints and sharing), and predicts what was left out. Groups: values of N more than 15 % apart, or six groups of equally many
/// points where there are more than a dozen. A scheme needs 6 rows at 3 N and 3 D outside the group. Errors of the gap are smaller than errors of a loss
/// wherever both laws err alike, and the gap is what a crossing rests on.
std::vector<HeldOutSizes> hold_out_sizes(const Study& study);

}  // namespace overtake
