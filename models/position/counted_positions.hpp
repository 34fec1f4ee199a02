// CoPE's positions: sums of gates from a key to its query, read off a table.
#pragma once

#include <ATen/core/Tensor.h>

namespace overtake {

/// Table entry of each key's position min(sum over t = k..i of gate[i, t], P - 1), between whole positions on a straight line.
/// gates_BNTT in [0, 1], entries_BNTP -> [B, N, T, T], 0 above the diagonal; gates above it aren't read. On a CPU.
at::Tensor read_positions(const at::Tensor& gates_BNTT, const at::Tensor& entries_BNTP);

/// The same by LibTorch, on any device.
at::Tensor read_positions_with_aten(const at::Tensor& gates_BNTT, const at::Tensor& entries_BNTP);

}  // namespace overtake
