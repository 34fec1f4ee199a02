// Gates read from attention's input, one per head and token: what FoX, CABLE and their kin sum over the keys between.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// w_n . x_t + b_n for each head and token, [B, N, T], in the type of the weight whatever the compute precision.
at::Tensor gate_logits(const at::Tensor& x_BTD, const at::Tensor& weight_ND, const at::Tensor& bias_N);

/// The bias by key of gates that take `loss` >= 0 from the logits of all earlier keys: query i takes the sum over l = k+1..i
/// from key k, and c[k] - c[i] is minus that if c is the running sum.
at::Tensor key_bias_of_losses(const at::Tensor& loss_BNT);

}  // namespace overtake
