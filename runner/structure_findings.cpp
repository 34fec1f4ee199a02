#include "runner/structure_findings.hpp"

#include <utility>

#include <ATen/ATen.h>

#include "runner/pulse.hpp"

namespace overtake {

namespace {

std::vector<double> numbers_of(const at::Tensor& values) {
    const at::Tensor flat = values.detach().to(at::kCPU, at::kDouble).contiguous().view(-1);
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace

StructureFindings::StructureFindings(Gpt& model, const ModelConfig& shape, std::int64_t train_length, const StructureText& text)
    : model_(model), shape_(shape), cell_{.task = "structure", .context_length = train_length}, text_(text) {}

PositionScheme& StructureFindings::scheme() { return model_.scheme(); }

Parameter* StructureFindings::find(const std::string& name) {
    for (Parameter& parameter : model_.parameters()) {
        if (parameter.name == name) {
            return &parameter;
        }
    }
    return nullptr;
}

void StructureFindings::number(const std::string& metric, double value) {
    pulse(Pace::long_work);
    rows.push_back(task_number(cell_, metric, value, 1));
}

void StructureFindings::judged(const std::string& metric, const Judged& found) {
    number(metric, found.value);
    number(metric + ".null-low", found.null_low);
    number(metric + ".null-high", found.null_high);
}

void StructureFindings::curve(StructureSeries labels, const at::Tensor& x, const at::Tensor& value) {
    pulse(Pace::long_work);
    labels.x = numbers_of(x);
    labels.value = numbers_of(value);
    series.push_back(std::move(labels));
}

void StructureFindings::measure_plain() {
    if (plain_.empty()) {
        plain_ = text_.losses();
    }
}

void StructureFindings::price(const std::string& name) {
    std::vector<double> more = text_.losses();
    if (more.empty()) {
        return;  // no held-out window to price it by
    }
    for (std::size_t i = 0; i < more.size(); ++i) {
        more[i] -= plain_[i];
    }
    rows.push_back(task_row(cell_, "swap." + name, more));
}

void StructureFindings::price(const std::vector<std::pair<Parameter*, at::Tensor>>& stand_ins, const std::string& name) {
    measure_plain();
    std::vector<at::Tensor> before;
    for (const auto& [parameter, stand_in] : stand_ins) {
        before.push_back(parameter->value.detach().clone());
        parameter->value.detach().copy_(stand_in.view(before.back().sizes()));
    }
    price(name);
    for (std::size_t i = 0; i < stand_ins.size(); ++i) {
        stand_ins[i].first->value.detach().copy_(before[i]);
    }
}

void StructureFindings::price(const std::string& name, StandIn stand_in) {
    if (text_.drawn && !stand_in.by_lag_NT.empty()) {
        return;
    }
    measure_plain();
    scheme().hold(std::move(stand_in));
    price(name);
    scheme().hold({});
}

const std::vector<LayerLook>& StructureFindings::looks() {
    if (looks_.empty() && text_.look.tokens_BT.defined()) {
        looks_ = look_at_content(model_, shape_, text_.look);
    }
    return looks_;
}

}  // namespace overtake
