// The MLP's non-linearities.
#include <ATen/ATen.h>

#include "models/operations.hpp"

namespace overtake {

at::Tensor apply_gelu(const at::Tensor& x_RF) { return at::gelu(x_RF, "tanh"); }

at::Tensor apply_swiglu(const at::Tensor& x_R2F) {
    const std::vector<at::Tensor> parts = x_R2F.chunk(2, -1);
    return at::silu(parts[0]).mul(parts[1]);
}

}  // namespace overtake
