// Lag buckets of T5, for the scheme and its tests.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace overtake {

/// Bucket of a lag (0 or more) for causal attention: lags below buckets/2 have their own, longer ones share buckets whose
/// widths grow as the logarithm up to max_distance, and the last bucket holds the rest.
/// Source: Raffel et al. 2019, arXiv:1910.10683, section 2.1.
std::int64_t t5_bucket(std::int64_t lag, std::int64_t buckets, std::int64_t max_distance);

/// The bucket of each of a tensor of whole lags, int64 on the host, formed from integers there: no rounding moves a boundary.
at::Tensor t5_buckets(const at::Tensor& lag, std::int64_t buckets, std::int64_t max_distance);

}  // namespace overtake
