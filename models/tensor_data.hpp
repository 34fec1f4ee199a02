// From tensors to the pointers that our CPU loops take.
#pragma once

#include <optional>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/vector_math.hpp"

namespace overtake {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <class T>
const T* data_of(const at::Tensor& tensor) {
    return static_cast<const T*>(tensor.const_data_ptr());
}

template <class T>
T* data_of(at::Tensor& tensor) {
    return static_cast<T*>(tensor.mutable_data_ptr());
}

/// Calls action(T{}) with T = float or Bf16.
template <class Action>
void with_type_of(const at::Tensor& tensor, const Action& action) {
    tensor.scalar_type() == at::kBFloat16 ? action(Bf16{}) : action(float{});
}

/// What functions with gradients take for "no tensor".
inline std::optional<at::Tensor> if_defined(const at::Tensor& tensor) {
    return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

/// Rows below which a loop isn't worth a second thread.
constexpr std::int64_t grain_rows = 128;

}  // namespace overtake
