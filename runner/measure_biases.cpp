// Biases over the lag that a scheme learned: the family of hand-made curves that each head's is nearest to, and what it costs to put
// such curves in their place.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <ATen/ATen.h>

#include "models/position/bias_families.hpp"
#include "models/position/position_scheme.hpp"
#include "runner/structure_parts.hpp"

namespace overtake {

namespace {

/// Mean over queries of the numbers at each lag, fp64 [N, T], of b_NTT.
at::Tensor mean_by_lag(const at::Tensor& b_NTT) {
    std::vector<at::Tensor> means;
    const at::Tensor b = b_NTT.detach().to(at::kCPU);
    for (std::int64_t lag = 0; lag < b.size(2); ++lag) {
        means.push_back(b.diagonal(-lag, 1, 2).to(at::kDouble).mean(1));
    }
    return at::stack(means, 1);
}

/// Share of the variance below the diagonal that means by lag explain, [N]; 1 if there is none.
at::Tensor explained_by_lag(const at::Tensor& b_NTT, const at::Tensor& mean_NT) {
    const std::int64_t length = b_NTT.size(1);
    const at::Tensor index_T = at::arange(length), lag_TT = index_T.unsqueeze(1).sub(index_T).clamp_min(0);
    const at::Tensor b = b_NTT.detach().to(at::kCPU, at::kDouble), below = at::ones({length, length}, at::kDouble).tril();
    const at::Tensor expected = mean_NT.index_select(1, lag_TT.flatten()).view(b.sizes());
    const at::Tensor mean_N11 = b.mul(below).sum({1, 2}, true).div(below.sum());
    const at::Tensor all = b.sub(mean_N11).square().mul(below).sum({1, 2}), rest = b.sub(expected).square().mul(below).sum({1, 2});
    return at::where(all.gt(0), 1 - rest / all.clamp_min(1e-300), at::ones_like(all));
}

LagBiases static_biases(StructureFindings& findings) {
    PositionScheme& scheme = findings.scheme();
    scheme.begin({.length = findings.train_length(), .positions_T = {}, .starts_BT = {}});
    LagBiases found;
    at::Tensor first, toeplitz_sum;
    for (std::int64_t layer = 0; layer < findings.shape().layers; ++layer) {
        const StaticBias bias = scheme.static_bias(layer);
        if (!bias.defined()) {
            return {};
        }
        const at::Tensor& own = bias.by_lag_NT.defined() ? bias.by_lag_NT : bias.by_pair_NTT;
        if (layer == 0) {
            first = own;
        } else if (own.is_same(first)) {
            found.shared = true;
            break;
        }
        if (bias.by_lag_NT.defined()) {
            found.by_layer_NT.push_back(own.detach().to(at::kCPU, at::kDouble));
        } else {
            found.means = true;
            found.by_layer_NT.push_back(mean_by_lag(own));
            const at::Tensor share = explained_by_lag(own, found.by_layer_NT.back()).mean();
            toeplitz_sum = toeplitz_sum.defined() ? toeplitz_sum + share : share;
        }
    }
    found.shared = found.shared || findings.shape().layers == 1;
    if (toeplitz_sum.defined()) {
        findings.number("bias-toeplitz", toeplitz_sum.item<double>() / static_cast<double>(found.by_layer_NT.size()));
    }
    return found;
}

/// Row swap.NAME with biases by lag for all layers in attention, or one for each.
void price_in_place(StructureFindings& findings, const std::string& name, const std::vector<at::Tensor>& by_layer_NT) {
    StandIn stand_in;
    for (std::int64_t layer = 0; layer < findings.shape().layers; ++layer) {
        const at::Tensor& own = by_layer_NT[by_layer_NT.size() > 1 ? static_cast<std::size_t>(layer) : 0];
        stand_in.by_lag_NT.push_back(layer > 0 && by_layer_NT.size() == 1 ? stand_in.by_lag_NT.front()
                                                                          : own.to(at::TensorOptions(at::kFloat).device(findings.device())));
    }
    findings.price(name, std::move(stand_in));
}

}  // namespace

at::Tensor drawn_lags(std::int64_t length, std::int64_t curves) {
    const double doublings = std::log2(static_cast<double>(std::max<std::int64_t>(length, 16)) / 8);
    const double each = std::clamp(std::floor(1000 / (static_cast<double>(curves) * doublings)), 2.0, 12.0);
    std::vector<std::int64_t> lags;
    for (std::int64_t lag = 0; lag < std::min<std::int64_t>(8, length); ++lag) {
        lags.push_back(lag);
    }
    for (double step = 0;; ++step) {
        const auto lag = static_cast<std::int64_t>(std::llround(8 * std::exp2(step / each)));
        if (lag >= length) {
            break;
        }
        if (lags.back() != lag) {
            lags.push_back(lag);
        }
    }
    return at::tensor(lags, at::kLong);
}

void fit_and_price(StructureFindings& findings, const LagBiases& biases) {
    const std::int64_t heads = biases.by_layer_NT.front().size(0), length = biases.by_layer_NT.front().size(1);
    const std::int64_t curves = heads * std::ssize(biases.by_layer_NT);
    const at::Tensor drawn = drawn_lags(length, curves);
    std::map<std::string, std::vector<std::vector<at::Tensor>>> stand_ins;  // by family, layer, head
    std::map<std::string, double> best_share;
    for (std::size_t layer = 0; layer < biases.by_layer_NT.size(); ++layer) {
        for (std::int64_t head = 0; head < heads; ++head) {
            const at::Tensor own_T = biases.by_layer_NT[layer][head];
            const std::string name = "bias." + std::to_string(layer) + "." + std::to_string(head) + ".";
            const std::vector<FamilyFit> fits = fit_bias_families(own_T);
            const auto keep = [&](const std::string& family, const at::Tensor& curve_T) {
                std::vector<std::vector<at::Tensor>>& all = stand_ins[family];
                all.resize(biases.by_layer_NT.size());
                all[layer].push_back(curve_T);
            };
            keep("best-family", fits.front().curve_T);
            best_share[fits.front().family] += 1 / static_cast<double>(curves);
            for (const FamilyFit& fit : fits) {
                findings.number(name + fit.family + ".bic", fit.bic - fits.front().bic);
                findings.number(name + fit.family + ".held-out-r2", fit.held_out_r2);
                keep(fit.family, fit.curve_T);
            }
            for (std::int64_t lag = 1; lag < length; lag *= 2) {
                findings.number(name + "at-" + std::to_string(lag), (own_T[lag] - own_T[0]).item<double>());
            }
            const auto draw = [&](const char* kind, const std::string& family, const at::Tensor& curve_T) {
                findings.curve({.kind = kind, .source = biases.source, .family = family,
                                .layer = biases.shared ? -1 : static_cast<std::int64_t>(layer), .head = head, .x = {}, .value = {}},
                               drawn, curve_T.index_select(0, drawn).sub(curve_T[0]));
            };
            draw("bias", "", own_T);
            draw("bias-fit", fits.front().family, fits.front().curve_T);
        }
    }
    for (const auto& [family, share] : best_share) {
        findings.number("best-family." + family, share);
    }
    if (biases.means) {
        price_in_place(findings, "mean-over-lag", biases.by_layer_NT);
    }
    for (const auto& [family, curves_by_layer] : stand_ins) {
        std::vector<at::Tensor> by_layer_NT;
        for (const std::vector<at::Tensor>& curves_T : curves_by_layer) {
            by_layer_NT.push_back(at::stack(curves_T));
        }
        price_in_place(findings, family, by_layer_NT);
    }
}

void measure_biases(StructureFindings& findings) {
    if (findings.train_length() < least_rows) {
        return;
    }
    if (const LagBiases biases = static_biases(findings); !biases.by_layer_NT.empty()) {
        fit_and_price(findings, biases);
    }
}

}  // namespace overtake
