#include "runner/json_tensors.hpp"

#include <vector>

#include <ATen/ATen.h>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// Appends the numbers of nested lists whose shape begins as `shape` says from `depth` on.
void flatten(const Json& json, const std::vector<std::int64_t>& shape, std::size_t depth, const std::string& where,
             std::vector<double>& numbers) {
    if (depth == shape.size()) {
        if (!json.is_number()) {
            throw ConfigError({{where, "holds " + std::string(json.type_name()) + " where a number belongs (nested lists are as deep everywhere)"}});
        }
        numbers.push_back(json.get<double>());
        return;
    }
    if (!json.is_array() || json.size() != static_cast<std::size_t>(shape[depth])) {
        throw ConfigError({{where, "the lists are ragged (each list of one depth has the same length, here " +
                                       std::to_string(shape[depth]) + ")"}});
    }
    for (const Json& part : json) {
        flatten(part, shape, depth + 1, where, numbers);
    }
}

template <class T>
Json nested(const T*& next, at::IntArrayRef shape) {
    if (shape.empty()) {
        return *next++;
    }
    Json list = Json::array();
    for (std::int64_t i = 0; i < shape[0]; ++i) {
        list.push_back(nested(next, shape.slice(1)));
    }
    return list;
}

}  // namespace

at::Tensor tensor_from_json(const Json& json, const std::string& where) {
    const bool with_shape = json.is_object();
    if (with_shape && (!json.contains("shape") || !json.contains("data"))) {
        throw ConfigError({{where, "a tensor without shape or data (nested lists, or {\"shape\": [2, 3], \"data\": [six numbers]})"}});
    }
    const Json& data = with_shape ? json.at("data") : json;
    std::vector<std::int64_t> depth;
    for (const Json* part = &data; part->is_array(); part = &part->front()) {
        depth.push_back(static_cast<std::int64_t>(part->size()));
        if (part->empty()) {
            break;
        }
    }
    std::vector<double> numbers;
    flatten(data, depth, 0, where, numbers);
    const at::Tensor tensor = at::tensor(numbers, at::kDouble);
    if (!with_shape) {
        return tensor.view(depth);
    }
    std::vector<std::int64_t> shape;
    std::int64_t count = 1;
    for (const Json& size : json.at("shape")) {
        if (!size.is_number_integer() || size.get<std::int64_t>() < 0) {
            throw ConfigError({{where, "shape holds " + size.dump() + " (whole numbers from 0)"}});
        }
        shape.push_back(size.get<std::int64_t>());
        count *= shape.back();
    }
    if (count != tensor.numel()) {
        throw ConfigError({{where, std::to_string(tensor.numel()) + " numbers don't fill the shape " + shape_text(shape) + " (" +
                                       std::to_string(count) + ")"}});
    }
    return tensor.view(shape);
}

Json json_from_tensor(const at::Tensor& tensor) {
    if (at::isIntegralType(tensor.scalar_type(), true)) {
        const at::Tensor whole = tensor.detach().to(at::kCPU, at::kLong).contiguous();
        const std::int64_t* next = whole.const_data_ptr<std::int64_t>();
        return nested(next, whole.sizes());
    }
    const at::Tensor real = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
    const double* next = real.const_data_ptr<double>();
    return nested(next, real.sizes());
}

std::string shape_text(at::IntArrayRef shape) {
    std::string text = "[";
    for (const std::int64_t size : shape) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    }
    return text + "]";
}

}  // namespace overtake
