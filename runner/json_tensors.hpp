// Tensors as JSON and back: nested lists, or {"shape": [...], "data": [...]}; fp64 numbers keep every bit.
#pragma once

#include <string>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

namespace overtake {

using Json = nlohmann::ordered_json;

/// fp64 on the host. Throws ConfigError with `where` for ragged lists, things that are no numbers, and shapes that don't fit.
at::Tensor tensor_from_json(const Json& json, const std::string& where);

/// Nested lists; whole numbers stay whole, nan and infinities are null. A tensor without dimensions is a number.
Json json_from_tensor(const at::Tensor& tensor);

/// "[2, 3]".
std::string shape_text(at::IntArrayRef shape);

}  // namespace overtake
