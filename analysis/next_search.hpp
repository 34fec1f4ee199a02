// Which of the possible trials to take under a budget of FLOPs: greedy choice, then exchanges.
#pragma once

#include <vector>

#include "analysis/next_cells.hpp"
#include "analysis/next_targets.hpp"

namespace overtake {

struct Choice {
    std::vector<int> count;         // trials taken of each candidate
    double flops = 0;
    std::vector<double> log_reach;  // by target: log of the expected half width of the gap's interval there [nats]
};

/// Again and again the trial that lowers the mean of log_reach over targets most per FLOP, of those that fit; then, round after round, each costly trial (and all of
/// its candidate) is taken back and the rest chosen anew, wherever that lowers the mean (exchanges; Fedorov 1972). Half width: Student's t times standard error, with the degrees of freedom that
/// Satterthwaite's rule gives for normal effects of the units, so that a design which rests on very few trials does not look sure. `first`: a candidate that is
/// taken before others and kept, or one that is out of range.
Choice choose_trials(const GapInformation& information, const std::vector<Target>& targets, const std::vector<CandidateCell>& candidates, const NextOptions& options,
                     std::size_t first);

}  // namespace overtake
