// Path biases: for each query and key, the sum of log-gates of the keys between.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// m_n times the sum over l = k + 1 .. i of ln sigmoid(s[i, l]), of s_BNTT and fp64 slopes m_N: [B, N, T, T], 0 above the diagonal.
/// On a CPU; sigmoids alone are kept at full size for the backward pass. Slopes get no gradient.
at::Tensor sum_between(const at::Tensor& s_BNTT, const at::Tensor& slopes_N);

/// The same by LibTorch, on any device.
at::Tensor sum_between_with_aten(const at::Tensor& s_BNTT, const at::Tensor& slopes_N);

}  // namespace overtake
