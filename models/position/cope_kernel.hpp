// CoPE's loops along the keys of one query on one core: counting gates, reading entries between whole positions, and back.
#pragma once

#include <cstdint>

namespace overtake {

/// Each key's position: the sum of gate[key .. query], formed in fp64 from the query back. [query + 1].
template <class T>
void count_back(const T* gate, std::int64_t query, double* position);

/// read[key] = entry at min(position[key], last), on a straight line between whole positions; a position that is no number reads `last`.
/// entry has last + 1 numbers.
template <class T>
void read_entries(const double* position, std::int64_t keys, const T* entry, std::int64_t last, T* read);

/// Adds to d_entry what gradients d_read of the read numbers give, key by key from the last one on, and writes d_gate: each gate
/// moves the positions of all keys before it.
template <class T>
void read_entries_backward(const double* position, std::int64_t keys, const T* entry, std::int64_t last, const T* d_read, T* d_entry,
                           T* d_gate);

}  // namespace overtake
