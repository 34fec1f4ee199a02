#include "models/position/hold_within.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace overtake {

namespace {

struct HoldWithin : torch::autograd::Function<HoldWithin> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& value, double low, double high) {
        context->save_for_backward({value});
        context->saved_data["low"] = low;
        context->saved_data["high"] = high;
        return value.clamp(low, high);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const at::Tensor value = context->get_saved_variables()[0], &gradient = gradients[0];
        const at::Tensor lowers = gradient.gt(0).logical_and_(value.le(context->saved_data["low"].toDouble()));
        const at::Tensor raises = gradient.lt(0).logical_and_(value.ge(context->saved_data["high"].toDouble()));
        return {gradient.masked_fill(lowers.logical_or_(raises), 0), at::Tensor(), at::Tensor()};
    }
};

}  // namespace

at::Tensor hold_within(const at::Tensor& value, double low, double high) { return HoldWithin::apply(value, low, high); }

}  // namespace overtake
