// The biases that DAPE corrects, one set of numbers per layer: ALiBi, KERPLE's logarithm, FIRE.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// -p ln(1 + a r) of lags of any shape S, fp64, [N, S]; p and a are held at 0.01 or more (KERPLE, arXiv:2205.09921, equation 7).
at::Tensor log_kernel(const at::Tensor& lag, const at::Tensor& scale_N, const at::Tensor& rate_N);

/// One layer of FIRE as DAPE's authors have it: LeakyReLU where FIRE has ReLU, threshold 512 |m|.
struct FireWeights {
    at::Tensor rate, threshold;                        // c and m, scalars
    at::Tensor hidden_weight_W, hidden_bias_W, output_weight_NW, output_bias_N;
};

/// f(ln(|c r| + 1) / (ln(|c max(i, 512 |m|)| + 1) + 1e-6)), lag_TT and the query's position_BT in fp64: [B, N, T, T] (FIRE,
/// arXiv:2310.04418, equation 4).
at::Tensor fire_bias(const at::Tensor& lag_TT, const at::Tensor& position_BT, const FireWeights& weights);

}  // namespace overtake
