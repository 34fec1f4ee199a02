// Products of queries and keys through the Householder-like matrices of the tokens between them, in chunks.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// q_i^T H_i H_(i-1) .. H_(k+1) k_k with H_l = I - beta_l w_l w_l^T, [B, N, T, T], 0 above the diagonal (Yang et al. 2025,
/// arXiv:2505.16381, section 3). q, k and w are [B, N, T, H], beta_BNT. Chunks of C tokens: within one the product has a closed form
/// (a triangular inverse of size C), between two it is one H x H matrix per chunk.
at::Tensor path_products(const at::Tensor& q, const at::Tensor& k, const at::Tensor& w, const at::Tensor& beta_BNT,
                         std::int64_t chunk);

}  // namespace overtake
