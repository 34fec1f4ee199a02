#include "models/position/table_structure.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "models/initial_values.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::int64_t draws = 39;

at::Tensor centred(const at::Tensor& table_TD) {
    const at::Tensor table = table_TD.detach().to(at::kCPU, at::kDouble);
    return table - table.mean(0, true);
}

Judged judge(double value, std::int64_t seed, const std::function<double(std::int64_t)>& null_draw) {
    Judged judged{.value = value, .null_mean = 0, .null_low = 0, .null_high = 0};
    for (std::int64_t draw = 0; draw < draws; ++draw) {
        const double x = null_draw(seed * draws + draw);
        judged.null_mean += x / static_cast<double>(draws);
        judged.null_low = draw == 0 ? x : std::min(judged.null_low, x);
        judged.null_high = draw == 0 ? x : std::max(judged.null_high, x);
    }
    return judged;
}

Judged judge_against_shuffles(const at::Tensor& table_TD, std::int64_t seed, const std::function<double(const at::Tensor&)>& score) {
    return judge(score(table_TD), seed, [&](std::int64_t draw) { return score(shuffled_rows(table_TD, draw)); });
}

double share_in_lines(const at::Tensor& table_TD, std::int64_t lines) {
    at::Tensor power_DF = channel_spectra(table_TD);
    const std::int64_t frequencies = power_DF.size(1);
    const at::Tensor index_F = at::arange(frequencies);
    at::Tensor kept_D = at::zeros({power_DF.size(0)}, at::kDouble);
    const at::Tensor total_D = power_DF.sum(1).clamp_min(1e-300);
    for (std::int64_t line = 0; line < lines; ++line) {
        const at::Tensor strongest_D1 = power_DF.argmax(1, true);
        const at::Tensor near = index_F.sub(strongest_D1).abs().le(1);
        kept_D = kept_D + power_DF.masked_fill(near.logical_not(), 0).sum(1);
        power_DF = power_DF.masked_fill(near, 0);
    }
    return kept_D.div(total_D).mean().item<double>();
}

double flatness(const at::Tensor& table_TD) {
    const at::Tensor power_DF = channel_spectra(table_TD).clamp_min(1e-300);
    return power_DF.log().mean(1).exp().div(power_DF.mean(1)).mean().item<double>();
}

/// [T, T] with the mean along each diagonal in its place.
at::Tensor toeplitz_part(const at::Tensor& g_TT) {
    const std::int64_t length = g_TT.size(0);
    const at::Tensor index_T = at::arange(length);
    const at::Tensor lag = index_T.unsqueeze(1).sub(index_T).add(length - 1).flatten();
    const at::Tensor zero = at::zeros({2 * length - 1}, at::kDouble);
    const at::Tensor mean = zero.index_add(0, lag, g_TT.flatten()).div(zero.index_add(0, lag, at::ones({length * length}, at::kDouble)));
    return mean.index_select(0, lag).view({length, length});
}

double toeplitz_share(const at::Tensor& table_TD) {
    const at::Tensor p = centred(table_TD), g = at::matmul(p, p.t());
    const double all = g.sub(g.mean()).square().sum().item<double>();
    return all > 0 ? 1 - g.sub(toeplitz_part(g)).square().sum().item<double>() / all : 1;
}

double entropy_rank(const at::Tensor& centred_TD) {
    const at::Tensor energy = at::linalg_svdvals(centred_TD).square();
    const at::Tensor share = energy.div(energy.sum().clamp_min(1e-300)).clamp_min(1e-300);
    return std::exp(-share.mul(share.log()).sum().item<double>());
}

/// Residual sum of squares and prediction of x_T on a constant, cos and sin of a frequency.
std::pair<double, at::Tensor> fit_sinusoid(const at::Tensor& x_T, double frequency) {
    const at::Tensor angle = at::arange(x_T.size(0), at::kDouble).mul(frequency);
    const at::Tensor design = at::stack({at::ones_like(angle), angle.cos(), angle.sin()}, 1);
    const at::Tensor coefficients = std::get<0>(at::linalg_lstsq(design, x_T.unsqueeze(1), std::nullopt, "gelsd"));
    const at::Tensor fitted = at::matmul(design, coefficients).squeeze(1);
    return {x_T.sub(fitted).square().sum().item<double>(), fitted};
}

}  // namespace

at::Tensor channel_spectra(const at::Tensor& table_TD) {
    const std::int64_t length = table_TD.size(0);
    expects(length >= 4, "a spectrum needs four positions");
    const at::Tensor window_T = at::hann_window(length, /*periodic=*/true, at::kDouble);
    const at::Tensor transformed = at::fft_rfft(centred(table_TD).t().mul(window_T));
    return transformed.abs().square().narrow(1, 1, length / 2);
}

JudgedSpectrum mean_spectrum(const at::Tensor& table_TD, std::int64_t bins, std::int64_t seed) {
    const std::int64_t frequencies = table_TD.size(0) / 2, together = (frequencies + bins - 1) / bins;
    const std::int64_t used = (frequencies + together - 1) / together;
    const at::Tensor bin_F = at::arange(frequencies).div(together, "floor"), none = at::zeros({used}, at::kDouble);
    const auto shares = [&](const at::Tensor& table) {
        const at::Tensor power_DF = channel_spectra(table);
        return none.index_add(0, bin_F, power_DF.div(power_DF.sum(1, true).clamp_min(1e-300)).mean(0));
    };
    std::vector<at::Tensor> null;
    for (std::int64_t draw = 0; draw < draws; ++draw) {
        null.push_back(shares(shuffled_rows(table_TD, seed * draws + draw)));
    }
    const at::Tensor null_SF = at::stack(null);
    const at::Tensor frequency_F = at::arange(1, frequencies + 1, at::kDouble).mul(2 * std::numbers::pi / static_cast<double>(table_TD.size(0)));
    const at::Tensor count = none.index_add(0, bin_F, at::ones({frequencies}, at::kDouble));
    return {.frequency = none.index_add(0, bin_F, frequency_F).div(count),
            .power = shares(table_TD),
            .null_mean = null_SF.mean(0),
            .null_low = null_SF.amin(0),
            .null_high = null_SF.amax(0)};
}

RowSimilarity row_similarity(const at::Tensor& table_TD, std::int64_t most) {
    const at::Tensor table = table_TD.detach().to(at::kCPU, at::kDouble);
    const std::int64_t rows = table.size(0), kept = std::min(rows, most);
    const at::Tensor position_K = at::arange(kept).mul(rows).div(kept, "floor");
    const at::Tensor row_KD = table.index_select(0, position_K);
    const at::Tensor direction_KD = row_KD.div(row_KD.square().sum(1, true).sqrt().clamp_min(1e-300));
    return {.position_K = position_K.to(at::kDouble), .cosine_KK = at::matmul(direction_KD, direction_KD.t())};
}

Judged line_share(const at::Tensor& table_TD, std::int64_t lines, std::int64_t seed) {
    return judge_against_shuffles(table_TD, seed, [&](const at::Tensor& table) { return share_in_lines(table, lines); });
}

Judged spectral_flatness(const at::Tensor& table_TD, std::int64_t seed) { return judge_against_shuffles(table_TD, seed, flatness); }

Judged toeplitz_score(const at::Tensor& table_TD, std::int64_t seed) { return judge_against_shuffles(table_TD, seed, toeplitz_share); }

Judged effective_rank(const at::Tensor& table_TD, std::int64_t seed) {
    const at::Tensor p_TD = centred(table_TD);
    const at::Tensor deviation_D = p_TD.square().mean(0).sqrt();
    return judge(entropy_rank(p_TD), seed, [&](std::int64_t draw) {
        at::Tensor noise = at::empty(p_TD.sizes(), at::kFloat);
        ParameterStream(draw, "effective rank").fill_normal({noise.mutable_data_ptr<float>(), static_cast<std::size_t>(noise.numel())}, 0, 1);
        return entropy_rank(centred(noise.to(at::kDouble).mul(deviation_D)));
    });
}

at::Tensor dominant_frequencies(const at::Tensor& table_TD) {
    const at::Tensor line_D = channel_spectra(table_TD).argmax(1).add(1).to(at::kDouble);
    return std::get<0>(line_D.mul(2 * std::numbers::pi / static_cast<double>(table_TD.size(0))).sort(0, /*descending=*/true));
}

at::Tensor best_sinusoids(const at::Tensor& table_TD) {
    const at::Tensor table = table_TD.detach().to(at::kCPU, at::kDouble);
    const double line_width = 2 * std::numbers::pi / static_cast<double>(table.size(0));
    const at::Tensor line_D = channel_spectra(table).argmax(1).add(1).contiguous();
    std::vector<at::Tensor> columns;
    for (std::int64_t channel = 0; channel < table.size(1); ++channel) {
        const at::Tensor x_T = table.select(1, channel);
        double low = (static_cast<double>(line_D.const_data_ptr<std::int64_t>()[channel]) - 1) * line_width, high = low + 2 * line_width;
        low = std::max(low, 0.05 * line_width);
        // Golden section: near its strongest line a periodogram has one peak.
        constexpr double section = 0.6180339887498949;
        double a = high - section * (high - low), b = low + section * (high - low);
        double at_a = fit_sinusoid(x_T, a).first, at_b = fit_sinusoid(x_T, b).first;
        for (int turn = 0; turn < 40; ++turn) {
            if (at_a < at_b) {
                high = b, b = a, at_b = at_a;
                a = high - section * (high - low), at_a = fit_sinusoid(x_T, a).first;
            } else {
                low = a, a = b, at_a = at_b;
                b = low + section * (high - low), at_b = fit_sinusoid(x_T, b).first;
            }
        }
        columns.push_back(fit_sinusoid(x_T, (low + high) / 2).second);
    }
    return at::stack(columns, 1);
}

at::Tensor best_rank(const at::Tensor& table_TD, std::int64_t rank) {
    const at::Tensor table = table_TD.detach().to(at::kCPU, at::kDouble), mean = table.mean(0, true);
    const auto [u, s, vh] = at::linalg_svd(table - mean, /*full_matrices=*/false);
    const std::int64_t kept = std::min(rank, s.size(0));
    return at::matmul(u.narrow(1, 0, kept).mul(s.narrow(0, 0, kept)), vh.narrow(0, 0, kept)) + mean;
}

at::Tensor best_toeplitz(const at::Tensor& table_TD) {
    const at::Tensor table = table_TD.detach().to(at::kCPU, at::kDouble), mean = table.mean(0, true), p = table - mean;
    const auto [values, vectors] = at::linalg_eigh(toeplitz_part(at::matmul(p, p.t())));
    const std::int64_t kept = std::min(p.size(0), p.size(1));
    // Eigenvalues rise; the greatest span what D channels can hold.
    const at::Tensor factor = vectors.narrow(1, p.size(0) - kept, kept)
                                  .mul(values.narrow(0, p.size(0) - kept, kept).clamp_min(0).sqrt());
    const auto [u, s, vh] = at::linalg_svd(at::matmul(factor.t(), p), /*full_matrices=*/false);
    return at::matmul(factor, at::matmul(u, vh)) + mean;
}

at::Tensor shuffled_rows(const at::Tensor& table_TD, std::int64_t seed) {
    const ParameterStream stream(seed, "shuffled rows");
    std::vector<double> keys(static_cast<std::size_t>(table_TD.size(0)));
    for (std::size_t row = 0; row < keys.size(); ++row) {
        keys[row] = stream.uniform(row);
    }
    return table_TD.index_select(0, at::tensor(keys, at::kDouble).argsort());
}

}  // namespace overtake
