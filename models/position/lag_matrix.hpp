// A function of the lag as a matrix of pairs, for schemes whose bias by content needs the matrix anyway.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// [N, T] by lag to [N, T, T]: cell (i, k) holds lag i - k, 0 above the diagonal.
at::Tensor spread_lags(const at::Tensor& by_lag_NT);

}  // namespace overtake
