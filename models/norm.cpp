// RMSNorm, fused with the addition to the residual stream.
#include <ATen/ATen.h>

#include "models/operations.hpp"

namespace overtake {

namespace {

constexpr double epsilon = 1e-5;

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain) {
    return x.mul(x.square().mean(-1, /*keepdim=*/true).add(epsilon).rsqrt()).mul(gain);
}

}  // namespace

Normed add_and_norm(const at::Tensor& stream_RD, const at::Tensor& branch_RD, const at::Tensor& gain_D,
                    at::ScalarType compute) {
    const at::Tensor sum = branch_RD.defined() ? stream_RD.add(branch_RD) : stream_RD;
    return {sum, rms_norm(sum, gain_D).to(compute)};
}

at::Tensor head_norm(const at::Tensor& x_BNTH, const at::Tensor& gain_H) {
    return rms_norm(x_BNTH.to(at::kFloat), gain_H).to(x_BNTH.scalar_type());
}

}  // namespace overtake
