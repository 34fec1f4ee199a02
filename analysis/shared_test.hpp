// The test of what schemes share, where seeds may be paired through schemes.
#pragma once

#include <span>

#include "analysis/influence.hpp"
#include "analysis/joint_fit.hpp"

namespace overtake {

/// Wald test that what `sharing` names is equal in all laws: c' V^-1 c over the contrasts c to the first law, V from the first-order
/// effects of units (clustered sandwich), which keeps what same seeds have in common. `influence` is of separate laws over units paired
/// through schemes, whether they are correlated or not: then nothing cancels. One contrast: Student's t with Satterthwaite's degrees f; q > 1:
/// W (f - q + 1) / (f q) as F with q and f - q + 1 degrees (Hotelling 1931), f the mean of the contrasts'. Where q > f / 2 little is left of F's
/// denominator, and one outlying law would go unseen: then the smallest p-value of a single contrast times their number (Bonferroni). Contrasts that the constraints
/// hold at 0, or that are not finite (a law without E), do not count. p_value is 1 where nothing is left to test.
SharedTest test_equality(std::span<const PowerLaw> laws, const LawInfluence& influence, const Sharing& sharing);

}  // namespace overtake
