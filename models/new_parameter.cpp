#include "models/new_parameter.hpp"

#include <ATen/ATen.h>

namespace overtake {

Parameter new_parameter(std::string name, ParameterGroup group, const at::Tensor& initial, at::Device device) {
    at::Tensor value = initial.to(device);
    value.set_requires_grad(true);
    return {std::move(name), group, value};
}

}  // namespace overtake
