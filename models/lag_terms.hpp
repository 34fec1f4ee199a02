// Products with trained vectors of the lag: [.., T, R] numbers by lag become [.., T, T] by pair, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/position/position_scheme.hpp"

namespace overtake {

/// Sum of the terms' products with queries and keys, [B, N, T, T] unscaled; undefined if there are none. Cells with k > i are
/// finite and mean nothing. Without copies of the vectors per pair: products by lag are skewed into place (Huang et al. 2018,
/// arXiv:1809.04281, section 3.4.1) or, where a sampler spread the positions, gathered.
at::Tensor lag_products(const LagTerms& terms, const at::Tensor& k_BNTH, const Placement& placement);

/// Sum over keys of weight times the value vector of the lag, [B, N, T, H] in the type of the weights.
at::Tensor read_lags(const at::Tensor& weights_BNTT, const at::Tensor& values_NRH, const Placement& placement);

}  // namespace overtake
