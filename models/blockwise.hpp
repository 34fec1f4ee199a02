// The forward pass of one very long window, block by block: no tensor grows with the square of its length.
//
// Layer by layer, in blocks of ascending positions: a block's keys and values join those of the layer, then its queries meet all
// keys up to them, then its rows of the residual stream move on. Of the last layer only scored positions are queried.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/gpt.hpp"
#include "models/network.hpp"

namespace overtake {

/// See Gpt::blockwise_loss.
at::Tensor blockwise_loss(const Network& network, const at::Tensor& tokens_T1, std::span<const PositionRange> scored,
                          std::int64_t block, const at::Tensor& positions_T);

/// Attention of queries [begin, end) over keys [0, end) of k, v [1, N, T, H], whose later rows are not read. bias_NT is reversed: by lag
/// from T - 1 to 0, undefined if there is none; first_key is one number per query or empty. Answers [end - begin, N H].
at::Tensor block_attention(const at::Tensor& q_1NBH, std::int64_t begin, const at::Tensor& k_1NTH, const at::Tensor& v_1NTH,
                           double scale, const at::Tensor& bias_NT, const std::vector<std::int32_t>& first_key);

/// The same by LibTorch's operations on tiles of keys, for devices without our loops.
at::Tensor attention_by_tiles(const at::Tensor& q_1NBH, std::int64_t begin, const at::Tensor& k_1NTH, const at::Tensor& v_1NTH,
                              double scale, const at::Tensor& bias_NT, const std::vector<std::int32_t>& first_key, std::int64_t tile);

}  // namespace overtake
