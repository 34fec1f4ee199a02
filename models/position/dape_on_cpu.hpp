// DAPE's corrected bias by our own loops: no hidden channel and no logit of the correction is ever stored.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// base + f([a; base]) at or below the diagonal, 0 above it: [B, N, T, T], a = q k^T, f the network over the 2 N channels of a pair with
/// weights first [W, 2 N], first_bias [W], second [N, W], second_bias [N]. fp32 on a CPU; base is [1 or B, N, T, T].
at::Tensor dape_bias(const at::Tensor& q_BNTH, const at::Tensor& k_BNTH, const at::Tensor& base_BNTT, const at::Tensor& first,
                     const at::Tensor& first_bias, const at::Tensor& second, const at::Tensor& second_bias);

}  // namespace overtake
