#include "runner/arena.hpp"

#include <algorithm>
#include <cstring>

#include <ATen/core/grad_mode.h>

#include "sweeps/unfit_data.hpp"

namespace overtake {

namespace {
std::vector<float> to_host(const at::Tensor& tensor) {
    const at::Tensor host = tensor.detach().to(at::kCPU).contiguous();
    const float* data = host.const_data_ptr<float>();
    return {data, data + host.numel()};
}

void from_host(at::Tensor& tensor, const std::vector<float>& values) {
    const at::Tensor host =
        at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}, at::kFloat);
    tensor.copy_(host);
}
}  // namespace

Arena::Arena(Gpt& model, at::Device device) {
    const at::NoGradGuard no_grad;
    std::vector<Parameter*> parameters;
    for (Parameter& parameter : model.parameters()) {
        parameters.push_back(&parameter);
    }
    std::stable_sort(parameters.begin(), parameters.end(),
                     [](const Parameter* a, const Parameter* b) { return a->group < b->group; });

    offsets_.push_back(0);
    for (const Parameter* parameter : parameters) {
        names_.push_back(parameter->name);
        Range& range = ranges_[static_cast<std::size_t>(parameter->group)];
        range.begin = range.end == 0 ? size_ : range.begin;
        size_ += parameter->value.numel();
        range.end = size_;
        offsets_.push_back(size_);
    }
    const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
    weights = at::empty({size_}, options);
    first_moment = at::zeros({size_}, options);
    second_moment = at::zeros({size_}, options);
    gradients = at::zeros({size_ + tail::length}, options);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        at::Tensor& value = parameters[i]->value;
        const std::int64_t count = offsets_[i + 1] - offsets_[i];
        at::Tensor view = weights.narrow(0, offsets_[i], count).view(value.sizes());
        view.copy_(value.detach());
        value.set_data(view);
        value.mutable_grad() = gradients.narrow(0, offsets_[i], count).view(value.sizes());
    }
}

void Arena::save(StageState& state) const {
    state.parameter_names = names_;
    state.parameter_offsets = offsets_;
    state.weights = to_host(weights);
    state.first_moment = to_host(first_moment);
    state.second_moment = to_host(second_moment);
}

void Arena::load(const StageState& state) {
    if (state.parameter_names != names_ || state.parameter_offsets != offsets_) {
        throw UnfitData("cannot use the checkpoint of stage '" + state.id +
                      "' (its parameters are not those of this model); remove the stage's folder to train it again");
    }
    const at::NoGradGuard no_grad;
    from_host(weights, state.weights);
    from_host(first_moment, state.first_moment);
    from_host(second_moment, state.second_moment);
}

void Arena::load_weights(const StageState& state, const std::vector<std::string>& may_be_new) {
    const at::NoGradGuard no_grad;
    const auto refuse = [&](const std::string& why) {
        throw UnfitData("cannot begin from the state of stage '" + state.id + "' (" + why + "); remove the stage's folder to train it again");
    };
    const at::Tensor given =
        at::from_blob(const_cast<float*>(state.weights.data()), {static_cast<std::int64_t>(state.weights.size())}, at::kFloat);
    std::size_t used = 0;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const auto found = std::find(state.parameter_names.begin(), state.parameter_names.end(), names_[i]);
        if (found == state.parameter_names.end()) {
            if (std::find(may_be_new.begin(), may_be_new.end(), names_[i]) == may_be_new.end()) {
                refuse("it lacks '" + names_[i] + "'");
            }
            continue;
        }
        const auto from = static_cast<std::size_t>(found - state.parameter_names.begin());
        const std::int64_t count = offsets_[i + 1] - offsets_[i];
        if (state.parameter_offsets[from + 1] - state.parameter_offsets[from] != count) {
            refuse("'" + names_[i] + "' has another size");
        }
        weights.narrow(0, offsets_[i], count).copy_(given.narrow(0, state.parameter_offsets[from], count));
        ++used;
    }
    if (used != state.parameter_names.size()) {
        refuse("it has parameters that this model has not");
    }
}

}  // namespace overtake
