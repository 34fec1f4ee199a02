#include "models/position/cope_kernel.hpp"

#include "models/vector_math.hpp"

namespace overtake {

namespace {

/// Neighbours of a position in the table; both are the same where it is whole.
template <class T>
struct Place {
    std::int32_t lower, upper;
    T share;  // of the upper one
};

template <class T>
OVERTAKE_INLINE Place<T> place_of(double position, double last) {
    const double held = position < last ? position : last;
    const auto lower = static_cast<std::int32_t>(held);
    const T share = static_cast<T>(held - static_cast<double>(lower));
    return {lower, lower + (share > 0 ? 1 : 0), share};
}

template <class T>
OVERTAKE_INLINE void read_all(const double* position, std::int64_t keys, const T* entry, double last, T* read) {
#pragma omp simd
    for (std::int64_t key = 0; key < keys; ++key) {
        const Place<T> at = place_of<T>(position[key], last);
        read[key] = entry[at.upper] * at.share + entry[at.lower] * (1 - at.share);
    }
}
OVERTAKE_VECTORISED void read_row(const double* position, std::int64_t keys, const float* entry, double last, float* read) {
    read_all(position, keys, entry, last, read);
}
OVERTAKE_VECTORISED void read_row(const double* position, std::int64_t keys, const double* entry, double last, double* read) {
    read_all(position, keys, entry, last, read);
}

/// Gradient of each key's position: the slope of its line, none beyond the table.
template <class T>
OVERTAKE_INLINE void position_gradients(const double* position, std::int64_t keys, const T* entry, double last, const T* d_read, T* d_position) {
#pragma omp simd
    for (std::int64_t key = 0; key < keys; ++key) {
        const Place<T> at = place_of<T>(position[key], last);
        const T slope = d_read[key] * (entry[at.upper] - entry[at.lower]);
        d_position[key] = position[key] <= last ? slope : 0;
    }
}
OVERTAKE_VECTORISED void slopes(const double* position, std::int64_t keys, const float* entry, double last, const float* d_read, float* d_position) {
    position_gradients(position, keys, entry, last, d_read, d_position);
}
OVERTAKE_VECTORISED void slopes(const double* position, std::int64_t keys, const double* entry, double last, const double* d_read,
                                double* d_position) {
    position_gradients(position, keys, entry, last, d_read, d_position);
}

}  // namespace

template <class T>
void count_back(const T* gate, std::int64_t query, double* position) {
    double sum = 0;
    for (std::int64_t key = query; key >= 0; --key) {
        sum += static_cast<double>(gate[key]);
        position[key] = sum;
    }
}

template <class T>
void read_entries(const double* position, std::int64_t keys, const T* entry, std::int64_t last, T* read) {
    read_row(position, keys, entry, static_cast<double>(last), read);
}

template <class T>
void read_entries_backward(const double* position, std::int64_t keys, const T* entry, std::int64_t last, const T* d_read, T* d_entry,
                           T* d_gate) {
    slopes(position, keys, entry, static_cast<double>(last), d_read, d_gate);
    for (std::int64_t key = keys; key-- > 0;) {
        const Place<T> at = place_of<T>(position[key], static_cast<double>(last));
        d_entry[at.upper] += d_read[key] * at.share;
        d_entry[at.lower] += d_read[key] * (1 - at.share);
    }
    double before = 0;
    for (std::int64_t key = 0; key < keys; ++key) {
        before += static_cast<double>(d_gate[key]);
        d_gate[key] = static_cast<T>(before);
    }
}

template void count_back(const float*, std::int64_t, double*);
template void count_back(const double*, std::int64_t, double*);
template void read_entries(const double*, std::int64_t, const float*, std::int64_t, float*);
template void read_entries(const double*, std::int64_t, const double*, std::int64_t, double*);
template void read_entries_backward(const double*, std::int64_t, const float*, std::int64_t, const float*, float*, float*);
template void read_entries_backward(const double*, std::int64_t, const double*, std::int64_t, const double*, double*, double*);

}  // namespace overtake
