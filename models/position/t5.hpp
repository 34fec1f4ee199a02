// Lag buckets of T5, for the scheme and its tests.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace overtake {

/// Bucket of a lag (0 or more) for causal attention: lags below buckets/2 have their own, longer ones share buckets whose
/// widths grow as the logarithm up to max_distance, and the last bucket holds the rest.
/// Source: Raffel et al. 2019, arXiv:1910.10683, section 2.1.
std::int64_t t5_bucket(std::int64_t lag, std::int64_t buckets, std::int64_t max_distance);

/// Buckets of many lags where they lie: the boundaries are formed from integers on the host, once, so that no rounding moves one and no
/// step waits for the device.
class T5Buckets {
  public:
    T5Buckets(std::int64_t buckets, std::int64_t max_distance, at::Device device);

    /// Bucket of each of a tensor of lags >= 0 on the device, int64; fractions of a lag don't count.
    at::Tensor of(const at::Tensor& lag) const;

    std::int64_t count() const { return first_lag_B_.size(0) + 1; }

  private:
    at::Tensor first_lag_B_;  // of every bucket but 0
};

}  // namespace overtake
