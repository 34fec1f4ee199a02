#include "runner/structure_findings.hpp"

#include <utility>

#include <ATen/ATen.h>

#include "models/position/position_scheme.hpp"

namespace overtake {

namespace {

std::vector<double> numbers_of(const at::Tensor& values) {
    const at::Tensor flat = values.detach().to(at::kCPU, at::kDouble).contiguous().view(-1);
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace

StructureFindings::StructureFindings(Gpt& model, const ModelConfig& shape, std::int64_t train_length, const WindowLosses& window_losses)
    : model_(model), shape_(shape), cell_{.task = "structure", .context_length = train_length}, window_losses_(window_losses) {}

PositionScheme& StructureFindings::scheme() { return model_.scheme(); }

Parameter* StructureFindings::find(const std::string& name) {
    for (Parameter& parameter : model_.parameters()) {
        if (parameter.name == name) {
            return &parameter;
        }
    }
    return nullptr;
}

void StructureFindings::judged(const std::string& metric, const Judged& found) {
    number(metric, found.value);
    number(metric + ".null-low", found.null_low);
    number(metric + ".null-high", found.null_high);
}

void StructureFindings::curve(StructureSeries labels, const at::Tensor& x, const at::Tensor& value) {
    labels.x = numbers_of(x);
    labels.value = numbers_of(value);
    series.push_back(std::move(labels));
}

void StructureFindings::measure_plain() {
    if (plain_.empty()) {
        plain_ = window_losses_();
    }
}

void StructureFindings::price(const std::string& name) {
    std::vector<double> more = window_losses_();
    if (more.empty()) {
        return;  // no held-out window to price it by
    }
    for (std::size_t i = 0; i < more.size(); ++i) {
        more[i] -= plain_[i];
    }
    rows.push_back(task_row(cell_, "swap." + name, more));
}

void StructureFindings::price(Parameter& parameter, const std::string& name, const at::Tensor& stand_in) {
    measure_plain();
    const at::Tensor before = parameter.value.detach().clone();
    parameter.value.detach().copy_(stand_in.view(before.sizes()));
    price(name);
    parameter.value.detach().copy_(before);
}

}  // namespace overtake
