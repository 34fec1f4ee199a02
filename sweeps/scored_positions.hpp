// Which positions of a very long window are scored, and what that costs.
#pragma once

#include <cstdint>
#include <vector>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// Positions [begin, end) of a window.
struct PositionRange {
    std::int64_t begin = 0, end = 0;
    bool operator==(const PositionRange&) const = default;
};

/// Positions of a window of `length` inputs whose next token is scored: of every doubling [2^k, 2^(k+1)), `blocks`
/// blocks of `block` positions each in the middle of an equal part of it, or all of it where that is no more. `blocks`
/// 0: all. Ascending, apart, joined where they touch.
std::vector<PositionRange> scored_positions(std::int64_t length, std::int64_t blocks, std::int64_t block);

/// FLOPs of one such window of config.evaluation, counted as forward_flops_per_token counts: every layer but the last
/// attends from all positions, the last from scored ones alone.
double blockwise_flops(const TrialConfig& config, std::int64_t length);

struct EvaluationCost {
    std::int64_t tokens = 0;  // that a forward pass reads
    double flops = 0;
};

/// Of all that an evaluation stage measures. Windows of tasks are counted as filled and lengths too short for one as
/// done.
EvaluationCost evaluation_cost(const TrialConfig& config);

}  // namespace overtake
