// Agreement of a team on whether to go on: a rank that fails alone must not leave the others waiting in a reduction.
#pragma once

#include <functional>

#include "runner/gradient_sum.hpp"

namespace overtake {

/// Runs `work` on this rank, then throws on every rank of the team if it threw on any: AgreedFailure, in the rank's own words where it has
/// some. If a cause accuses its place, that rank throws it as it is, and the others StageFault. Every rank must call; `work` must not communicate.
void together(const Team& team, const std::function<void()>& work);

}  // namespace overtake
