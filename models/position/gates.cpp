#include "models/position/gates.hpp"

#include <ATen/ATen.h>

namespace overtake {

at::Tensor gate_logits(const at::Tensor& x_BTD, const at::Tensor& weight_ND, const at::Tensor& bias_N) {
    return at::linear(x_BTD.to(weight_ND.scalar_type()), weight_ND, bias_N).transpose(1, 2);
}

at::Tensor key_bias_of_losses(const at::Tensor& loss_BNT) { return loss_BNT.cumsum(-1); }

}  // namespace overtake
