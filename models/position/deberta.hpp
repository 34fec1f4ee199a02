// Lag buckets of DeBERTa's version 3, for the scheme and its tests.
#pragma once

#include <cstdint>

namespace overtake {

/// Bucket of a lag (0 or more): lags up to m = buckets/2 have their own, then ceil(ln(r/m) / ln((max_distance - 1)/m) (m - 1)) + m,
/// at most buckets - 1. Source: make_log_bucket_position of the authors' code for He et al. 2021, arXiv:2111.09543.
std::int64_t deberta_bucket(std::int64_t lag, std::int64_t buckets, std::int64_t max_distance);

}  // namespace overtake
