#include "models/position/frequency_grid.hpp"

#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

at::Tensor logarithms(const at::Tensor& theta_J) { return theta_J.detach().to(at::kCPU, at::kDouble).flatten().clamp_min(1e-300).log(); }

}  // namespace

GridFit fit_frequency_grid(const at::Tensor& theta_J) {
    const at::Tensor log_J = std::get<0>(logarithms(theta_J).sort(0, /*descending=*/true));
    const auto count = static_cast<double>(log_J.size(0));
    expects(count >= 2, "a grid needs two frequencies");
    const at::Tensor rank_J = at::arange(log_J.size(0), at::kDouble).sub((count - 1) / 2);
    const double slope = rank_J.mul(log_J).sum().item<double>() / rank_J.square().sum().item<double>();
    const double middle = log_J.mean().item<double>();
    const at::Tensor residual = log_J.sub(rank_J.mul(slope).add(middle));
    return {.base = std::exp(-slope * count),
            .first = std::exp(middle - slope * (count - 1) / 2),
            .residual_octaves = std::sqrt(residual.square().mean().item<double>()) / std::numbers::ln2};
}

at::Tensor on_fitted_grid(const at::Tensor& theta_J) {
    const GridFit fit = fit_frequency_grid(theta_J);
    const at::Tensor order = logarithms(theta_J).argsort(0, /*descending=*/true);
    const auto count = static_cast<double>(order.size(0));
    const at::Tensor grid = at::arange(order.size(0), at::kDouble).mul(-std::log(fit.base) / count).add(std::log(fit.first)).exp();
    return at::empty_like(grid).index_copy(0, order, grid);
}

}  // namespace overtake
