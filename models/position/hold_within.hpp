// Trained numbers that are held in a range, for KERPLE's kernels and PoPE's phases.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// value where it is from `low` to `high`, else the nearer bound. Gradients pass as if there were no bound, but one that would
/// push a value further out is dropped, so that it can come back: the authors' code clamps parameters in place after each step.
at::Tensor hold_within(const at::Tensor& value, double low, double high);

}  // namespace overtake
