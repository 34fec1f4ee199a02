#include "models/position/lag_matrix.hpp"

#include <ATen/ATen.h>

namespace overtake {

at::Tensor spread_lags(const at::Tensor& by_lag_NT) {
    const std::int64_t length = by_lag_NT.size(1);
    const at::Tensor later = at::zeros({by_lag_NT.size(0), length - 1}, by_lag_NT.options().requires_grad(false));
    return at::cat({by_lag_NT.flip(1), later}, 1).unfold(1, length, 1).flip(1);
}

}  // namespace overtake
