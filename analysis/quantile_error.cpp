// How far a quantile of bootstrap draws would move with other draws.
#include "analysis/quantile_error.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/student.hpp"

namespace overtake {

QuantileWeights::QuantileWeights(std::size_t draws, double p) {
    const double n = static_cast<double>(draws), a = (n + 1) * p, b = (n + 1) * (1 - p);
    const double reach = 9 * std::sqrt(p * (1 - p) / n) + 12 / n;  // of the share below the quantile; nothing to speak of lies beyond
    const double low = std::max(0.0, p - reach), high = std::min(1.0, p + reach);
    first_ = static_cast<std::size_t>(low * n);
    const std::size_t last = std::min(draws, static_cast<std::size_t>(high * n) + 1);
    double below = incomplete_beta(static_cast<double>(first_) / n, a, b), total = 0;
    for (std::size_t i = first_; i < last; ++i) {
        const double above = incomplete_beta(static_cast<double>(i + 1) / n, a, b);
        weights_.push_back(std::max(above - below, 0.0));
        total += weights_.back();
        below = above;
    }
    for (double& w : weights_) {
        w /= total;
    }
}

double QuantileWeights::harrell_davis(std::span<const double> sorted) const {
    double sum = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        sum += weights_[i] > 1e-12 ? weights_[i] * sorted[first_ + i] : 0;
    }
    return sum;
}

double QuantileWeights::standard_error(std::span<const double> sorted) const {
    const double mean = harrell_davis(sorted);
    double squares = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        squares += weights_[i] > 1e-12 ? weights_[i] * (sorted[first_ + i] - mean) * (sorted[first_ + i] - mean) : 0;
    }
    return std::sqrt(squares);
}

Interval percentile_errors(std::vector<double> draws, double confidence) {
    std::erase_if(draws, [](double x) { return std::isnan(x); });
    if (draws.size() < 2) {
        return {NAN, NAN};
    }
    std::sort(draws.begin(), draws.end());
    const double tail = 0.5 * (1 - confidence);
    return {QuantileWeights(draws.size(), tail).standard_error(draws), QuantileWeights(draws.size(), 1 - tail).standard_error(draws)};
}

}  // namespace overtake
