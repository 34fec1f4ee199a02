// Causal attention of a block of queries of one head against all keys before it, by tiles of keys: memory that no length changes.
//
// The softmax is formed while keys stream past: each tile may raise the greatest logit, and what was summed before is scaled down
// (Milakov and Gimelshein 2018, arXiv:1805.02867, algorithm 3). All sums are fp32. Forward only.
#pragma once

#include <cstdint>
#include <vector>

#include "models/attention_kernel.hpp"

namespace overtake {

/// Scratch memory of one thread, reused from block to block.
class BlockAttention {
  public:
    /// Queries and keys have qk_width channels, values and outputs `width`.
    BlockAttention(std::int64_t qk_width, std::int64_t width);

    /// out = softmax(scale q k^T + bias, causal) v of the queries at positions [begin, end): row i of q and out is query
    /// begin + i, row j of k and v is key j. Query begin + i sees the keys first_key[i] to begin + i, first_key rising; null:
    /// from 0. The bias is read as BiasRows says, with the query's position.
    template <class T>
    void forward(HeadRows<const T> q, std::int64_t begin, std::int64_t end, HeadRows<const T> k, HeadRows<const T> v, float scale,
                 const BiasRows& bias, const std::int32_t* first_key, HeadRows<T> out);

  private:
    static constexpr std::int64_t key_tile = 512, query_tile = 48;

    std::int64_t qk_width_, width_, padded_width_;
    std::vector<float> queries_, weights_, sums_, greatest_, normaliser_;
    Panels k_transposed_, v_panels_;
};

}  // namespace overtake
