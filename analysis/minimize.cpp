// BFGS for small dense problems.
#include "analysis/minimize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace overtake {

namespace {

constexpr double sufficient_decrease = 1e-4;
constexpr double curvature = 0.9;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

void multiply(const std::vector<double>& matrix, const std::vector<double>& x, std::vector<double>& out) {
    std::size_t n = x.size();
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < n; ++j) {
            sum += matrix[i * n + j] * x[j];
        }
        out[i] = sum;
    }
}

void set_identity(std::vector<double>& matrix, std::size_t n, double scale) {
    matrix.assign(n * n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        matrix[i * n + i] = scale;
    }
}

}  // namespace

Minimum Minimizer::run(const Objective& objective, std::span<const double> start, std::span<const double> inverse_hessian,
                       const MinimizeOptions& options) {
    std::size_t n = start.size();
    x_.assign(start.begin(), start.end());
    for (auto* v : {&gradient_, &trial_, &trial_gradient_, &direction_, &step_, &change_, &product_}) {
        v->resize(n);
    }
    Minimum result;
    double value = objective(x_, gradient_);
    result.evaluations = 1;
    bool fresh = inverse_hessian.empty();
    if (fresh) {
        set_identity(inverse_, n, 1 / std::max(std::sqrt(dot(gradient_, gradient_)), 1e-12));
    } else {
        inverse_.assign(inverse_hessian.begin(), inverse_hessian.end());
    }

    int quiet = 0;
    for (int iteration = 0; iteration < options.iterations; ++iteration) {
        multiply(inverse_, gradient_, direction_);
        double slope = -dot(gradient_, direction_);
        if (!(slope < 0)) {
            double norm = std::sqrt(dot(gradient_, gradient_));
            result.converged = norm == 0;
            if (norm == 0 || !std::isfinite(norm)) {
                break;
            }
            set_identity(inverse_, n, 1 / norm);
            fresh = true;
            continue;
        }
        quiet = -slope <= options.tolerance * (std::abs(value) + 1e-300) ? quiet + 1 : 0;
        if (quiet >= 2) {
            result.converged = true;
            break;
        }

        double low = 0, high = std::numeric_limits<double>::infinity(), length = 1, trial_value = value;
        bool found = false;
        for (int probe = 0; probe < 40; ++probe) {
            for (std::size_t i = 0; i < n; ++i) {
                trial_[i] = x_[i] - length * direction_[i];
            }
            trial_value = objective(trial_, trial_gradient_);
            ++result.evaluations;
            double trial_slope = -dot(trial_gradient_, direction_);
            if (!(trial_value <= value + sufficient_decrease * length * slope) || !std::isfinite(trial_slope)) {
                high = length;
            } else if (trial_slope < curvature * slope) {
                low = length;
            } else {
                found = true;
                break;
            }
            length = std::isfinite(high) ? 0.5 * (low + high) : 2 * low;
        }
        if (!found && !(trial_value < value)) {
            // No lower point along a descent direction: rounding rules here, or the model of the curvature is spoilt.
            if (fresh || quiet > 0) {
                result.converged = -slope <= 1e3 * options.tolerance * std::abs(value);
                break;
            }
            set_identity(inverse_, n, 1 / std::max(std::sqrt(dot(gradient_, gradient_)), 1e-12));
            fresh = true;
            continue;
        }

        for (std::size_t i = 0; i < n; ++i) {
            step_[i] = trial_[i] - x_[i];
            change_[i] = trial_gradient_[i] - gradient_[i];
        }
        double along = dot(step_, change_);
        if (along > 0) {
            if (fresh) {
                set_identity(inverse_, n, along / dot(change_, change_));
                fresh = false;
            }
            multiply(inverse_, change_, product_);
            double scale = (1 + dot(change_, product_) / along) / along;
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t j = 0; j < n; ++j) {
                    inverse_[i * n + j] += scale * step_[i] * step_[j] - (product_[i] * step_[j] + step_[i] * product_[j]) / along;
                }
            }
        }
        x_.swap(trial_);
        gradient_.swap(trial_gradient_);
        value = trial_value;
    }
    result.x = x_;
    result.value = value;
    return result;
}

}  // namespace overtake
