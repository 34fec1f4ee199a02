// The exponentials of one row of attention on one core, as both attentions form them.
#pragma once

#include <cstdint>

namespace overtake {

inline constexpr float lowest_logit = -3.0e38F;

struct RowSum {
    float greatest, sum;
};

/// logits[k] <- exp(scale logits[k] + bias[k] - greatest) for k < keys, with the greatest of them and `at_least`; bias may be null.
/// `at_least` is the greatest logit of the row's other keys, lowest_logit if there are none.
RowSum exponentials(float* logits, std::int64_t keys, float scale, const float* bias, float at_least = lowest_logit);

}  // namespace overtake
