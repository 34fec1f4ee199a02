// Frequencies that a scheme learned, pair by pair, against RoPE's grid; and what each part of universal was left with.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/frequency_grid.hpp"
#include "runner/structure_parts.hpp"

namespace overtake {

namespace {

/// Parameters that rotations take their frequencies from, and how a frequency is stored there: itself, or 16 times its logarithm.
struct Stored {
    const char* name;
    bool logarithms, by_pair;
};
constexpr Stored places[] = {{"position.log_frequencies", true, true},
                             {"position.log_base", true, false},
                             {"position.frequencies", false, true},
                             {"position.generators", false, false}};
constexpr double stored_per_logarithm = 16;

/// RoPE's grid of as many pairs, base^(-j / pairs).
at::Tensor grid_of(double base, std::int64_t pairs) {
    return at::arange(pairs, at::kDouble).mul(-std::log(base) / static_cast<double>(pairs)).exp();
}

FrequencySets sets_of(const at::Tensor& frequencies, const ModelConfig& model) {
    const at::Tensor theta = frequencies.detach().to(at::kCPU, at::kDouble).abs();
    FrequencySets sets{theta.reshape({-1, theta.size(-1)})};
    const std::int64_t count = sets.theta_SJ.size(0);
    sets.layers = count % model.layers == 0 && count > 1 ? model.layers : 1;
    sets.heads = count / sets.layers;
    return sets;
}

/// Puts the fitted grid, and RoPE's, in the place of what was trained.
void price(StructureFindings& findings, Parameter& parameter, const Stored& stored, const FrequencySets& sets, double base) {
    const auto as_stored = [&](const at::Tensor& theta) { return stored.logarithms ? theta.log().mul(stored_per_logarithm) : theta; };
    if (stored.by_pair && parameter.value.numel() == sets.theta_SJ.numel()) {
        if (sets.theta_SJ.gt(0).all().item<bool>()) {
            std::vector<at::Tensor> fitted;
            for (std::int64_t set = 0; set < sets.theta_SJ.size(0); ++set) {
                fitted.push_back(on_fitted_grid(sets.theta_SJ[set]));
            }
            findings.price(parameter, "fitted-grid", as_stored(at::stack(fitted)));
        }
        const at::Tensor start_SJ = grid_of(base, sets.theta_SJ.size(1)).expand_as(sets.theta_SJ);
        findings.price(parameter, "start", as_stored(start_SJ.contiguous()));
    } else if (!stored.by_pair && stored.logarithms) {
        findings.price(parameter, "start", at::full(parameter.value.sizes(), stored_per_logarithm * std::log(base), at::kDouble));
    } else if (!stored.by_pair) {  // LieRE's generators: RoPE's turns channel j towards j + H/2
        const std::int64_t width = parameter.value.size(-1), pairs = width / 2;
        const at::Tensor start_HH = at::zeros({width, width}, at::kDouble);
        start_HH.narrow(0, pairs, pairs).narrow(1, 0, pairs).diagonal().copy_(grid_of(base, pairs));
        findings.price(parameter, "start", start_HH.expand(parameter.value.sizes()).contiguous());
    }
}

}  // namespace

void describe_frequencies(StructureFindings& findings, const FrequencySets& sets, const at::Tensor& start_J) {
    const at::Tensor pair_J = at::arange(start_J.size(0), at::kDouble);
    for (std::int64_t set = 0; set < sets.theta_SJ.size(0); ++set) {
        const at::Tensor theta_J = sets.theta_SJ[set];
        const std::string name = "frequencies." + std::to_string(set) + ".";
        const auto draw = [&](const char* kind, const at::Tensor& value_J) {
            findings.curve({.kind = kind, .source = "rotation", .family = {}, .layer = sets.layer(set), .head = sets.head(set), .x = {}, .value = {}},
                           pair_J, value_J);
        };
        draw("frequencies", theta_J);
        draw("frequencies-start", start_J);
        if (theta_J.gt(0).all().item<bool>()) {
            const GridFit grid = fit_frequency_grid(theta_J);
            findings.number(name + "base", grid.base);
            findings.number(name + "residual-octaves", grid.residual_octaves);
            findings.number(name + "moved-octaves", theta_J.div(start_J).log2().square().mean().sqrt().item<double>());
            draw("frequencies-fit", on_fitted_grid(theta_J));
        }
        for (std::int64_t pair = 0; pair < theta_J.size(0); ++pair) {
            findings.number(name + std::to_string(pair), theta_J[pair].item<double>());
        }
    }
    for (std::size_t layer = 0; layer < findings.looks().size(); ++layer) {
        const at::Tensor& use_NP = findings.looks()[layer].use_NP;
        for (std::int64_t head = 0; head < use_NP.size(0) && use_NP.size(1) >= start_J.size(0); ++head) {
            const std::int64_t set = (sets.layers > 1 ? static_cast<std::int64_t>(layer) : 0) * sets.heads + (sets.heads > 1 ? head : 0);
            findings.curve({.kind = "use", .source = "rotation", .family = {}, .layer = static_cast<std::int64_t>(layer), .head = head, .x = {}, .value = {}},
                           sets.theta_SJ[set], use_NP[head].narrow(0, 0, start_J.size(0)));
        }
    }
}

void measure_frequencies(StructureFindings& findings) {
    PositionScheme& scheme = findings.scheme();
    scheme.begin({.length = findings.train_length(), .positions_T = {}, .starts_BT = {}});
    const PositionScheme::Inspection parts = scheme.inspect();
    const Options& options = scheme.options();
    if (const auto frequencies = parts.find("frequencies"); frequencies != parts.end() && options.contains("base")) {
        for (const Stored& stored : places) {
            Parameter* parameter = findings.find(stored.name);
            if (parameter == nullptr || frequencies->second.size(-1) < 2) {
                continue;
            }
            const FrequencySets sets = sets_of(frequencies->second, findings.shape());
            const double base = number_option(options, "base");
            describe_frequencies(findings, sets, grid_of(base, sets.theta_SJ.size(1)));
            price(findings, *parameter, stored, sets, base);
        }
    }
    for (const char* part : {"rotation", "decay", "gate"}) {
        if (const auto strength = parts.find(std::string(part) + "_strength"); strength != parts.end()) {
            const at::Tensor strength_L = strength->second.detach().to(at::kCPU, at::kDouble);
            for (std::int64_t layer = 0; layer < strength_L.size(0); ++layer) {
                findings.number("strength." + std::string(part) + "." + std::to_string(layer), strength_L[layer].item<double>());
            }
            findings.curve({.kind = "strength", .source = part, .family = {}, .layer = -1, .head = -1, .x = {}, .value = {}},
                           at::arange(strength_L.size(0), at::kDouble), strength_L);
        }
    }
}

}  // namespace overtake
