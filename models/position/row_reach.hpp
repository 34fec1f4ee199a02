// What a table of rows, one per position or lag, answers where it has no row.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// Rows at whole places as they are; beyond the last row: nothing (refused before), the last row again, or rows read at place /
/// factor, linear between two rows. With the option `beyond` = interpolate the factor is context length over rows, at least 1.
class RowReach {
  public:
    /// Reads the option `beyond` where there is one; without it the last row repeats.
    explicit RowReach(const Options& options);

    /// From now on by the method clamp or interpolate, with its factor.
    void extend(const ExtensionConfig& extension);

    /// Rows [..., S, W] of table [..., R, W] at places S (fp64, any shape, on the device), in a context of `length` tokens.
    at::Tensor take(const at::Tensor& table_RW, const at::Tensor& place, std::int64_t length) const;

    /// What places are divided by.
    double factor(std::int64_t rows, std::int64_t length) const;

    bool extended() const { return extended_; }

  private:
    bool extended_ = false, by_length_ = false;
    double factor_ = 1;
};

}  // namespace overtake
