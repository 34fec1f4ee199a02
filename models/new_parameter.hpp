// How a trained tensor comes to be: an fp32 leaf that requires grad, on the model's device.
#pragma once

#include <string>

#include "models/gpt.hpp"
#include "models/initial_values.hpp"

namespace overtake {

/// `initial` is an fp32 tensor on the host; its memory may be taken over.
Parameter new_parameter(std::string name, ParameterGroup group, const at::Tensor& initial, at::Device device);

}  // namespace overtake
