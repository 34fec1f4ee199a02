// What a trial of N and D costs, and the best use of a cost on it.
#include "analysis/cost_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <Eigen/Dense>

namespace overtake {

namespace {

constexpr std::size_t most_knots = 12;
constexpr double same_size = 0.005;   // of ln N
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Means of ln N that lie together.
std::vector<double> sizes_of(std::vector<double> log_n) {
    std::sort(log_n.begin(), log_n.end());
    std::vector<double> sizes;
    for (std::size_t i = 0; i < log_n.size();) {
        std::size_t end = i;
        double sum = 0;
        while (end < log_n.size() && log_n[end] - log_n[i] <= same_size) {
            sum += log_n[end++];
        }
        sizes.push_back(sum / static_cast<double>(end - i));
        i = end;
    }
    return sizes;
}

/// s'' at the knots of a natural spline through `values`.
Eigen::VectorXd bends_of(const std::vector<double>& x, const Eigen::VectorXd& values) {
    const auto n = static_cast<Eigen::Index>(x.size());
    Eigen::MatrixXd equations = Eigen::MatrixXd::Identity(n, n);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
    for (Eigen::Index i = 1; i + 1 < n; ++i) {
        const auto k = static_cast<std::size_t>(i);
        double before = x[k] - x[k - 1], after = x[k + 1] - x[k];
        equations(i, i - 1) = before / 6;
        equations(i, i) = (before + after) / 3;
        equations(i, i + 1) = after / 6;
        right(i) = (values(i + 1) - values(i)) / after - (values(i) - values(i - 1)) / before;
    }
    return equations.partialPivLu().solve(right);
}

/// Newton steps from `start` as long as each comes nearer to 0; NaN where one does not. The last, below 1e-7, leaves an error of its square.
template <typename Function>
double newton_root(const Function& f, double start) {
    double x = start;
    auto [value, slope] = f(x);
    for (int k = 0; k < 12; ++k) {
        const double step = value / slope, before = std::abs(value);
        if (!(slope > 0) || !(std::abs(step) < 4)) {
            break;
        }
        x -= step;
        if (std::abs(step) < 1e-7) {
            return x;
        }
        std::tie(value, slope) = f(x);
        if (!(std::abs(value) < before)) {
            break;
        }
    }
    return std::numeric_limits<double>::quiet_NaN();
}

/// The root of a function that rises through it: Newton steps, and where they stray, such steps kept inside a bracket that grows from `start`. `f` returns value and slope.
template <typename Function>
double rising_root(const Function& f, double start) {
    if (double root = newton_root(f, start); std::isfinite(root)) {
        return root;
    }
    double low = start, high = start, step = 0.25;
    auto at_start = f(start);
    if (at_start.first < 0) {
        while (high < start + 60 && f(high += step).first < 0) {
            low = high;
            step *= 2;
        }
    } else {
        while (low > start - 60 && f(low -= step).first > 0) {
            high = low;
            step *= 2;
        }
    }
    double x = start;
    for (int k = 0; k < 60; ++k) {
        auto [value, slope] = f(x);
        (value < 0 ? low : high) = x;
        double next = slope > 0 ? x - value / slope : infinity;
        next = next > low && next < high ? next : 0.5 * (low + high);
        if (std::abs(next - x) < 1e-10) {
            return next;
        }
        x = next;
    }
    return x;
}

}  // namespace

void CostCurve::set_values(std::vector<double> values) {
    values_ = std::move(values);
    Eigen::VectorXd bends = bends_of(knots_, Eigen::Map<const Eigen::VectorXd>(values_.data(), static_cast<Eigen::Index>(values_.size())));
    bends_.assign(bends.data(), bends.data() + bends.size());
    least_bend_ = 0;
    for (std::size_t i = 0; i + 1 < knots_.size(); ++i) {
        for (int part = 0; part <= 8; ++part) {
            Value v = at(knots_[i] + (knots_[i + 1] - knots_[i]) * part / 8);
            least_bend_ = std::fmin(least_bend_, v.slope > 0 ? v.bend / v.slope : -infinity);
        }
    }
}

CostCurve::Value CostCurve::at(double x) const {
    const std::size_t last = knots_.size() - 1;
    auto slope_at = [&](std::size_t i, double u) {  // within piece i, u from 0 to 1
        double h = knots_[i + 1] - knots_[i];
        return (values_[i + 1] - values_[i]) / h + h / 6 * ((3 * u * u - 1) * bends_[i + 1] - (3 * (1 - u) * (1 - u) - 1) * bends_[i]);
    };
    if (x <= knots_[0]) {
        double slope = slope_at(0, 0);
        return {values_[0] + slope * (x - knots_[0]), slope, 0};
    }
    if (x >= knots_[last]) {
        double slope = slope_at(last - 1, 1);
        return {values_[last] + slope * (x - knots_[last]), slope, 0};
    }
    std::size_t i = 0;
    while (x > knots_[i + 1]) {
        ++i;
    }
    double h = knots_[i + 1] - knots_[i], u = (x - knots_[i]) / h, v = 1 - u;
    double s = v * values_[i] + u * values_[i + 1] + h * h / 6 * ((u * u * u - u) * bends_[i + 1] + (v * v * v - v) * bends_[i]);
    return {s, slope_at(i, u), v * bends_[i] + u * bends_[i + 1]};
}

std::optional<CostCurve> CostCurve::fit(std::span<const Observation> observations) {
    std::vector<double> log_n;
    double mean_d = 0;
    for (const Observation& o : observations) {
        log_n.push_back(std::log(o.parameters));
        mean_d += std::log(o.tokens) / static_cast<double>(observations.size());
    }
    CostCurve curve;
    curve.knots_ = sizes_of(log_n);
    if (curve.knots_.size() < 3 || observations.size() < curve.knots_.size() + 2) {
        return std::nullopt;
    }
    if (curve.knots_.size() > most_knots) {
        std::vector<double> picked;
        for (std::size_t k = 0; k < most_knots; ++k) {
            picked.push_back(curve.knots_[k * (curve.knots_.size() - 1) / (most_knots - 1)]);
        }
        curve.knots_ = picked;
    }
    const auto rows = static_cast<Eigen::Index>(observations.size()), knots = static_cast<Eigen::Index>(curve.knots_.size());
    Eigen::MatrixXd design = Eigen::MatrixXd::Zero(rows + 1, knots + 1);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(rows + 1);
    for (Eigen::Index k = 0; k < knots; ++k) {
        std::vector<double> unit(curve.knots_.size(), 0);
        unit[static_cast<std::size_t>(k)] = 1;
        curve.set_values(unit);
        for (Eigen::Index i = 0; i < rows; ++i) {
            design(i, k) = curve.at(log_n[static_cast<std::size_t>(i)]).s;
        }
    }
    for (Eigen::Index i = 0; i < rows; ++i) {
        const Observation& o = observations[static_cast<std::size_t>(i)];
        design(i, knots) = std::log(o.tokens) - mean_d;
        right(i) = std::log(o.flops / o.tokens);
    }
    design(rows, knots) = std::sqrt(1e-6 * static_cast<double>(rows));
    Eigen::VectorXd solution = design.colPivHouseholderQr().solve(right);
    curve.q_ = 1 + solution(knots);
    std::vector<double> values;
    for (Eigen::Index k = 0; k < knots; ++k) {
        values.push_back(solution(k) - solution(knots) * mean_d);
    }
    curve.set_values(values);
    for (const Observation& o : observations) {
        curve.worst_error_ = std::fmax(curve.worst_error_, std::abs(std::exp(curve.log_cost(std::log(o.parameters), std::log(o.tokens)) - std::log(o.flops)) - 1));
    }
    return curve.q_ > 0.05 ? std::optional(curve) : std::nullopt;
}

double CostCurve::log_cost(double log_n, double log_d) const { return at(log_n).s + q_ * log_d; }

double CostCurve::log_tokens(double log_n, double log_cost) const { return (log_cost - at(log_n).s) / q_; }

double CostCurve::best_log_n(const PowerLaw& law, double log_cost, double start) const {
    if (law.alpha + least_bend_ > 0) {  // the condition below rises everywhere: one optimum
        const double level = std::log(law.beta * law.B / (q_ * law.alpha * law.A));
        return rising_root(
            [&](double n) {
                Value v = at(n);
                return std::pair{level + std::log(v.slope) - law.beta * (log_cost - v.s) / q_ + law.alpha * n, v.bend / v.slope + law.beta * v.slope / q_ + law.alpha};
            },
            start);
    }
    auto loss = [&](double n) { return law.A * std::exp(-law.alpha * n) + law.B * std::exp(-law.beta * (log_cost - at(n).s) / q_); };
    constexpr int places = 160;
    const double margin = std::log(1000.0), first = knots_.front() - margin, width = (knots_.back() - knots_.front() + 2 * margin) / places;
    int best = 0;
    for (int k = 1; k <= places; ++k) {
        best = loss(first + k * width) < loss(first + best * width) ? k : best;
    }
    double low = first + (best - 1) * width, high = first + (best + 1) * width;
    while (high - low > 1e-8) {  // halves around the middle; the loss has one minimum in so short a stretch
        double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
        (loss(a) < loss(b) ? high : low) = loss(a) < loss(b) ? b : a;
    }
    return 0.5 * (low + high);
}

double CostCurve::ray_log_n(double log_ratio, double log_cost, double start) const {
    return rising_root(
        [&](double n) {
            Value v = at(n);
            return std::pair{v.s + q_ * (n + log_ratio) - log_cost, v.slope + q_};
        },
        start);
}

}  // namespace overtake
