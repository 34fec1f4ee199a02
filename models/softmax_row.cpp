#include "models/softmax_row.hpp"

#include "models/vector_math.hpp"

namespace overtake {

namespace {

template <bool biased>
OVERTAKE_INLINE RowSum exponentials_of(float* logits, std::int64_t keys, float scale, const float* bias, float at_least) {
    float greatest = at_least;
#pragma omp simd reduction(max : greatest)
    for (std::int64_t k = 0; k < keys; ++k) {
        const float x = biased ? scale * logits[k] + bias[k] : scale * logits[k];
        logits[k] = x;
        greatest = x > greatest ? x : greatest;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t k = 0; k < keys; ++k) {
        const float e = exp_of(logits[k] - greatest);
        logits[k] = e;
        sum += e;
    }
    return {greatest, sum};
}

OVERTAKE_VECTORISED RowSum with_bias(float* logits, std::int64_t keys, float scale, const float* bias, float at_least) {
    return exponentials_of<true>(logits, keys, scale, bias, at_least);
}
OVERTAKE_VECTORISED RowSum alone(float* logits, std::int64_t keys, float scale, float at_least) {
    return exponentials_of<false>(logits, keys, scale, nullptr, at_least);
}

}  // namespace

RowSum exponentials(float* logits, std::int64_t keys, float scale, const float* bias, float at_least) {
    return bias == nullptr ? alone(logits, keys, scale, at_least) : with_bias(logits, keys, scale, bias, at_least);
}

}  // namespace overtake
