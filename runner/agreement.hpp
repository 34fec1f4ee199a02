// Agreement of a team on whether to go on: a rank that fails alone must not leave the others waiting in a reduction.
#pragma once

#include <functional>

#include "runner/gradient_sum.hpp"

namespace overtake {

/// Runs `work` on this rank, then throws on every rank of the team if it threw on any: the rank's own exception where there is one,
/// std::runtime_error elsewhere. Every rank must call; `work` must not communicate.
void together(const Team& team, const std::function<void()>& work);

}  // namespace overtake
