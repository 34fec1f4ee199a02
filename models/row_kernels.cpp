#include "models/row_kernels.hpp"

#include <cmath>

namespace overtake {

namespace {

template <class T>
OVERTAKE_INLINE void norm_forward_of(const float* stream, const T* branch, const float* gain, std::int64_t rows, std::int64_t width,
                                     float epsilon, float* stream_out, T* normed, float* inverse_rms) {
    for (std::int64_t r = 0; r < rows; ++r) {
        const float* x = stream + r * width;
        float squares = 0;
        if (branch != nullptr) {
            const T* y = branch + r * width;
            float* sum = stream_out + r * width;
#pragma omp simd reduction(+ : squares)
            for (std::int64_t d = 0; d < width; ++d) {
                const float s = x[d] + to_float(y[d]);
                sum[d] = s;
                squares += s * s;
            }
            x = sum;
        } else {
#pragma omp simd reduction(+ : squares)
            for (std::int64_t d = 0; d < width; ++d) {
                squares += x[d] * x[d];
            }
        }
        const float inverse = 1.0F / std::sqrt(squares / static_cast<float>(width) + epsilon);
        inverse_rms[r] = inverse;
        T* out = normed + r * width;
#pragma omp simd
        for (std::int64_t d = 0; d < width; ++d) {
            put(out[d], x[d] * inverse * gain[d]);
        }
    }
}

template <class T>
OVERTAKE_INLINE void norm_backward_of(const float* stream_out, const float* inverse_rms, const float* gain, const T* d_normed,
                                      const float* d_stream_out, std::int64_t rows, std::int64_t width, float* d_stream, T* d_branch,
                                      float* d_gain) {
    for (std::int64_t r = 0; r < rows; ++r) {
        const float* x = stream_out + r * width;
        const T* d_y = d_normed + r * width;
        const float inverse = inverse_rms[r];
        float projection = 0;
#pragma omp simd reduction(+ : projection)
        for (std::int64_t d = 0; d < width; ++d) {
            const float unit = x[d] * inverse;
            const float dy = to_float(d_y[d]);
            d_gain[d] += dy * unit;
            projection += dy * gain[d] * unit;
        }
        projection /= static_cast<float>(width);
        float* d_x = d_stream + r * width;
        if (d_stream_out != nullptr) {
            const float* passed = d_stream_out + r * width;
#pragma omp simd
            for (std::int64_t d = 0; d < width; ++d) {
                d_x[d] = passed[d] + inverse * (to_float(d_y[d]) * gain[d] - x[d] * inverse * projection);
            }
        } else {
#pragma omp simd
            for (std::int64_t d = 0; d < width; ++d) {
                d_x[d] = inverse * (to_float(d_y[d]) * gain[d] - x[d] * inverse * projection);
            }
        }
        if (d_branch != nullptr) {
            T* copy = d_branch + r * width;
#pragma omp simd
            for (std::int64_t d = 0; d < width; ++d) {
                put(copy[d], d_x[d]);
            }
        }
    }
}

constexpr float gelu_scale = 1.5957691216057308F;  // 2 sqrt(2 / pi)
constexpr float gelu_cubic = 0.044715F;

template <class T>
OVERTAKE_INLINE void gelu_forward_of(const T* x, std::int64_t count, T* y) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        const float v = to_float(x[i]);
        put(y[i], v * sigmoid_of(gelu_scale * (v + gelu_cubic * v * v * v)));
    }
}

template <class T>
OVERTAKE_INLINE void gelu_backward_of(const T* x, const T* d_y, std::int64_t count, T* d_x) {
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) {
        const float v = to_float(x[i]);
        const float s = sigmoid_of(gelu_scale * (v + gelu_cubic * v * v * v));
        const float slope = gelu_scale * (1.0F + 3.0F * gelu_cubic * v * v);
        put(d_x[i], to_float(d_y[i]) * (s + v * s * (1.0F - s) * slope));
    }
}

template <class T>
OVERTAKE_INLINE void swiglu_forward_of(const T* x, std::int64_t width, T* y) {
#pragma omp simd
    for (std::int64_t i = 0; i < width; ++i) {
        const float gate = to_float(x[i]);
        put(y[i], gate * sigmoid_of(gate) * to_float(x[width + i]));
    }
}

template <class T>
OVERTAKE_INLINE void swiglu_backward_of(const T* x, const T* d_y, std::int64_t width, T* d_x) {
#pragma omp simd
    for (std::int64_t i = 0; i < width; ++i) {
        const float gate = to_float(x[i]), up = to_float(x[width + i]), dy = to_float(d_y[i]);
        const float s = sigmoid_of(gate);
        put(d_x[i], dy * up * (s + gate * s * (1.0F - s)));
        put(d_x[width + i], dy * gate * s);
    }
}

template <class T>
OVERTAKE_INLINE void rotate_row_of(const T* x, const float* cosine, const float* sine, float sign, std::int64_t pairs, T* y) {
#pragma omp simd
    for (std::int64_t j = 0; j < pairs; ++j) {
        const float first = to_float(x[j]), second = to_float(x[j + pairs]);
        const float s = sign * sine[j];
        put(y[j], first * cosine[j] - second * s);
        put(y[j + pairs], second * cosine[j] + first * s);
    }
}

template <class T>
OVERTAKE_INLINE void rotate_row_tables_of(const T* x, const T* d_y, std::int64_t pairs, float* d_cosine, float* d_sine) {
#pragma omp simd
    for (std::int64_t j = 0; j < pairs; ++j) {
        const float first = to_float(x[j]), second = to_float(x[j + pairs]);
        const float d_first = to_float(d_y[j]), d_second = to_float(d_y[j + pairs]);
        d_cosine[j] += d_first * first + d_second * second;
        d_sine[j] += d_second * first - d_first * second;
    }
}

template <class T>
OVERTAKE_INLINE float log_sum_exp_of(const T* logits, std::int64_t width) {
    float greatest = -3.0e38F;
#pragma omp simd reduction(max : greatest)
    for (std::int64_t i = 0; i < width; ++i) {
        const float x = to_float(logits[i]);
        greatest = x > greatest ? x : greatest;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < width; ++i) {
        sum += exp_of(to_float(logits[i]) - greatest);
    }
    return greatest + std::log(sum);
}

template <class T>
OVERTAKE_INLINE void softmax_times_of(const T* logits, float log_sum, float factor, std::int64_t width, T* d_logits) {
#pragma omp simd
    for (std::int64_t i = 0; i < width; ++i) {
        put(d_logits[i], factor * exp_of(to_float(logits[i]) - log_sum));
    }
}

}  // namespace

// Each loop twice, for both types; the templates above are inlined into every build of these.
#define OVERTAKE_FOR(T)                                                                                                          \
    OVERTAKE_VECTORISED void norm_forward(const float* stream, const T* branch, const float* gain, std::int64_t rows,            \
                                          std::int64_t width, float epsilon, float* stream_out, T* normed, float* inverse_rms) { \
        norm_forward_of(stream, branch, gain, rows, width, epsilon, stream_out, normed, inverse_rms);                            \
    }                                                                                                                            \
    OVERTAKE_VECTORISED void norm_backward(const float* stream_out, const float* inverse_rms, const float* gain,                 \
                                           const T* d_normed, const float* d_stream_out, std::int64_t rows, std::int64_t width,  \
                                           float* d_stream, T* d_branch, float* d_gain) {                                        \
        norm_backward_of(stream_out, inverse_rms, gain, d_normed, d_stream_out, rows, width, d_stream, d_branch, d_gain);        \
    }                                                                                                                            \
    OVERTAKE_VECTORISED void gelu_forward(const T* x, std::int64_t count, T* y) { gelu_forward_of(x, count, y); }                \
    OVERTAKE_VECTORISED void gelu_backward(const T* x, const T* d_y, std::int64_t count, T* d_x) {                               \
        gelu_backward_of(x, d_y, count, d_x);                                                                                    \
    }                                                                                                                            \
    OVERTAKE_VECTORISED void swiglu_forward(const T* x, std::int64_t width, T* y) { swiglu_forward_of(x, width, y); }            \
    OVERTAKE_VECTORISED void swiglu_backward(const T* x, const T* d_y, std::int64_t width, T* d_x) {                             \
        swiglu_backward_of(x, d_y, width, d_x);                                                                                  \
    }                                                                                                                            \
    OVERTAKE_VECTORISED void rotate_row(const T* x, const float* cosine, const float* sine, float sign, std::int64_t pairs,      \
                                        T* y) {                                                                                  \
        rotate_row_of(x, cosine, sine, sign, pairs, y);                                                                          \
    }                                                                                                                            \
    OVERTAKE_VECTORISED void rotate_row_tables(const T* x, const T* d_y, std::int64_t pairs, float* d_cosine, float* d_sine) {   \
        rotate_row_tables_of(x, d_y, pairs, d_cosine, d_sine);                                                                   \
    }                                                                                                                            \
    OVERTAKE_VECTORISED float log_sum_exp(const T* logits, std::int64_t width) { return log_sum_exp_of(logits, width); }         \
    OVERTAKE_VECTORISED void softmax_times(const T* logits, float log_sum, float factor, std::int64_t width, T* d_logits) {      \
        softmax_times_of(logits, log_sum, factor, width, d_logits);                                                              \
    }

OVERTAKE_FOR(float)
OVERTAKE_FOR(Bf16)

}  // namespace overtake
