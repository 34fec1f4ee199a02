// What content decides in attention, as met in held-out text: biases over the lag, gates and temperatures, and what their means cost in
// their place.
#include <algorithm>
#include <cmath>
#include <map>

#include <ATen/ATen.h>

#include "runner/structure_parts.hpp"

namespace overtake {

namespace {

void measure_content_biases(StructureFindings& findings, const std::vector<LayerLook>& looks) {
    LagBiases biases{.source = "content", .shared = false, .means = true, .by_layer_NT = {}};
    double explained = 0;
    for (const LayerLook& look : looks) {
        if (!look.mean_NT.defined()) {
            return;
        }
        biases.by_layer_NT.push_back(look.mean_NT);
        explained += look.explained / static_cast<double>(looks.size());
    }
    const std::int64_t heads = findings.shape().heads;
    const at::Tensor drawn = drawn_lags(findings.train_length(), heads * std::ssize(looks));
    findings.number("bias-toeplitz", explained);
    for (std::size_t layer = 0; layer < looks.size(); ++layer) {
        for (std::int64_t head = 0; head < heads; ++head) {
            findings.curve({.kind = "bias-spread", .source = "content", .family = {}, .layer = static_cast<std::int64_t>(layer), .head = head, .x = {}, .value = {}},
                           drawn, looks[layer].deviation_NT[head].index_select(0, drawn));
        }
    }
    fit_and_price(findings, biases);
}

void measure_gates(StructureFindings& findings, const std::vector<LayerLook>& looks) {
    const at::Tensor level_Q = at::linspace(0, 1, gate_levels, at::kDouble);
    struct Sum {
        double median = 0, spread = 0, layers = 0;
    };
    std::map<std::string, Sum> sums;
    for (std::size_t layer = 0; layer < looks.size(); ++layer) {
        for (const GateLook& gate : looks[layer].gates) {
            const auto at_level = [&](double level) {
                return gate.quantile_NQ.select(1, std::llround(level * static_cast<double>(gate_levels - 1))).mean().item<double>();
            };
            Sum& sum = sums[gate.name];
            sum.median += at_level(0.5);
            sum.spread += at_level(0.95) - at_level(0.05);
            sum.layers += 1;
            for (std::int64_t head = 0; head < gate.quantile_NQ.size(0); ++head) {
                findings.curve({.kind = "gate", .source = gate.name, .family = {}, .layer = static_cast<std::int64_t>(layer), .head = head, .x = {}, .value = {}},
                               level_Q, gate.quantile_NQ[head]);
            }
        }
    }
    for (const auto& [name, sum] : sums) {
        findings.number("gate." + name + ".median", sum.median / sum.layers);
        findings.number("gate." + name + ".spread", sum.spread / sum.layers);
    }
}

/// Factors of the logits over the number of visible keys; priced: their mean over queries, and one factor for all heads and layers.
void measure_temperatures(StructureFindings& findings) {
    PositionScheme& scheme = findings.scheme();
    const std::int64_t length = findings.train_length(), layers = findings.shape().layers;
    scheme.begin({.length = length, .positions_T = {}, .starts_BT = {}});
    StandIn constant;
    double sum = 0, count = 0;
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        const at::Tensor own = scheme.temperature(layer);
        if (!own.defined()) {
            return;
        }
        const at::Tensor factor_NT = own.detach().to(at::kCPU, at::kDouble).reshape({-1, length});
        constant.temperature_N11.push_back(own.detach().mean(2, true).squeeze(0));
        const at::Tensor lag = drawn_lags(length, factor_NT.size(0) * layers);
        for (std::int64_t head = 0; head < factor_NT.size(0); ++head) {
            findings.curve({.kind = "temperature", .source = "logits", .family = {}, .layer = layer, .head = factor_NT.size(0) > 1 ? head : -1, .x = {}, .value = {}},
                           lag.add(1), factor_NT[head].index_select(0, lag));
            const double over_log = factor_NT[head][length - 1].item<double>() / std::log(static_cast<double>(length));
            findings.number("layer." + std::to_string(layer) + ".temperature." + std::to_string(head), over_log);
            sum += over_log;
            count += 1;
        }
    }
    findings.number("temperature", sum / count);
    findings.price("constant-temperature", std::move(constant));
    if (Parameter* scale = findings.find("position.scale"); scale != nullptr) {
        findings.price(*scale, "shared-temperature", scale->value.detach().mean().expand(scale->value.sizes()).contiguous());
    }
}

}  // namespace

void measure_content(StructureFindings& findings) {
    if (findings.train_length() < least_rows) {
        return;
    }
    if (const std::vector<LayerLook>& looks = findings.looks(); !looks.empty()) {
        measure_content_biases(findings, looks);
        measure_gates(findings, looks);
    }
    measure_temperatures(findings);
}

}  // namespace overtake
