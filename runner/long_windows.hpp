// Held-out loss where windows overlap or are longer than held-out blocks: sliding windows, and block by block.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/gpt.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// Loss with sliding windows: each scored target once, with at least `length` - stride tokens of context (Press et al. 2021,
/// arXiv:2108.12409, appendix B). Runs of windows lie in held-out stretches of 2 `length` tokens, or of `length` where blocks are
/// shorter; about evaluation.tokens targets. One row: task "sliding-window", metric "loss", lag: the stride; standard error over
/// stretches. Every rank of the team must call.
TaskResult sliding_loss(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length);

/// Loss at the scored positions of long windows. They lie in one held-out block where it is long enough, else in the held-out
/// blocks joined, of which every 1,024 tokens are a run of the corpus. `loss` weighs each bin of position by its width;
/// `standard_error` is over scored blocks of evaluation.scored_block targets. Every rank must call; windows are dealt over ranks.
/// Throws IoError if all held-out tokens are fewer than a window.
Evaluation blockwise_evaluation(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length);

/// Means by bin of position and the whole, of losses at scored positions: one row of numbers per window.
Evaluation summarise_scored(const std::vector<double>& losses, std::int64_t windows, std::span<const PositionRange> scored,
                            std::int64_t length, std::int64_t train_length, std::int64_t scored_block);

}  // namespace overtake
