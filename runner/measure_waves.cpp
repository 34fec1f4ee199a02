// Rotations whose frequencies are no parameters of their own: the waves that FoPE mixes, PoPE's phases, and the paces of selective-rope.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/frequency_grid.hpp"
#include "runner/structure_parts.hpp"

namespace overtake {

namespace {

at::Tensor on_host(const at::Tensor& x) { return x.detach().to(at::kCPU, at::kDouble); }

StructureSeries labels(const char* kind, const char* source, std::int64_t layer, std::int64_t head) {
    return {.kind = kind, .source = source, .family = {}, .layer = layer, .head = head, .x = {}, .value = {}};
}

/// Weights that keep the greatest of each pair's waves alone, by power.
at::Tensor strongest(const at::Tensor& share_LNWP) {
    return at::zeros_like(share_LNWP).scatter_(2, share_LNWP.argmax(2, true), 1.0);
}

/// FoPE: a pair turns by a sum of waves; its frequency is their mean by power on a logarithmic scale.
void measure_mixed_waves(StructureFindings& findings, Parameter& cosine, Parameter& sine, const at::Tensor& theta_W) {
    const auto normalised = [](const Parameter& weights) {
        const at::Tensor own_LNWP = on_host(weights.value);
        return own_LNWP.div(own_LNWP.sum(2, true));
    };
    const at::Tensor power_LNWP = normalised(cosine).square() + normalised(sine).square();
    const at::Tensor share_LNWP = power_LNWP / power_LNWP.sum(2, true);
    const std::int64_t layers = share_LNWP.size(0), heads = share_LNWP.size(1), waves = share_LNWP.size(2), pairs = share_LNWP.size(3);
    const at::Tensor log_W1 = theta_W.log().unsqueeze(1), count_LN = share_LNWP.mul(share_LNWP.clamp_min(1e-300).log()).sum(2).neg().exp().mean(2);
    FrequencySets sets{share_LNWP.mul(log_W1).sum(2).exp().view({layers * heads, pairs}), layers, heads};
    at::Tensor start_P = at::empty({pairs}, at::kDouble);
    const std::int64_t step = (waves + pairs - 1) / pairs;
    for (std::int64_t pair = 0; pair < pairs; ++pair) {  // a pair that no wave was left for started from noise alone, on all waves alike
        start_P[pair] = pair * step < waves ? theta_W[pair * step] : log_W1.mean().exp();
    }
    if (pairs >= 2) {
        describe_frequencies(findings, sets, start_P);
    }
    for (std::int64_t set = 0; set < layers * heads; ++set) {
        findings.number("waves." + std::to_string(set) + ".count", count_LN.view(-1)[set].item<double>());
        const at::Tensor wave_W = share_LNWP[set / heads][set % heads].mean(1);
        findings.curve(labels("spectrum", "waves", set / heads, set % heads), theta_W.flip(0), wave_W.flip(0));
    }
    const at::Tensor one_LNWP = strongest(share_LNWP);
    findings.price({{&cosine, one_LNWP}, {&sine, one_LNWP}}, "one-wave");
}

/// PoPE: frequencies stay, phases are trained; queries and keys say how much of each channel is used.
void measure_phases(StructureFindings& findings, Parameter& phases, const at::Tensor& theta_C) {
    const at::Tensor phase_LNC = on_host(phases.value);
    for (std::int64_t layer = 0; layer < phase_LNC.size(0); ++layer) {
        for (std::int64_t head = 0; head < phase_LNC.size(1); ++head) {
            findings.curve(labels("phase", "rotation", layer, head), theta_C, phase_LNC[layer][head]);
            if (const std::vector<LayerLook>& looks = findings.looks(); !looks.empty()) {
                findings.curve(labels("use", "rotation", layer, head), theta_C, looks[static_cast<std::size_t>(layer)].use_NP[head]);
            }
        }
    }
    findings.price(phases, "no-phases", at::zeros_like(phase_LNC));
}

/// Selective RoPE: what a token adds to an angle depends on the token; its mean over held-out text is a frequency.
void measure_paces(StructureFindings& findings, Parameter& projection, const at::Tensor& theta_J) {
    std::vector<at::Tensor> theta_NJ;
    for (const LayerLook& look : findings.looks()) {
        for (const GateLook& gate : look.gates) {
            if (gate.mean_NJ.defined()) {
                theta_NJ.push_back(gate.mean_NJ.mul(theta_J).abs());
            }
        }
    }
    if (!theta_NJ.empty() && theta_J.size(0) >= 2) {
        const at::Tensor theta_SJ = at::cat(theta_NJ);
        describe_frequencies(findings, {theta_SJ, std::ssize(theta_NJ), theta_NJ.front().size(0)}, theta_J);
    }
    findings.price(projection, "rope", at::zeros_like(projection.value));
}

}  // namespace

void measure_waves(StructureFindings& findings) {
    PositionScheme& scheme = findings.scheme();
    scheme.begin({.length = findings.train_length(), .positions_T = {}, .starts_BT = {}});
    const PositionScheme::Inspection parts = scheme.inspect();
    const auto frequencies = parts.find("frequencies");
    if (frequencies == parts.end()) {
        return;
    }
    const at::Tensor theta = frequencies->second.detach().to(at::kCPU, at::kDouble);
    Parameter *cosine = findings.find("position.cosine"), *sine = findings.find("position.sine");
    if (cosine != nullptr && sine != nullptr) {
        measure_mixed_waves(findings, *cosine, *sine, theta);
    }
    if (Parameter* phases = findings.find("position.phases"); phases != nullptr) {
        measure_phases(findings, *phases, theta);
    }
    if (Parameter* projection = findings.find("position.projection"); projection != nullptr) {
        measure_paces(findings, *projection, theta);
    }
}

}  // namespace overtake
