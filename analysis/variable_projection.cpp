// A second, independent way to the same law.
#include "analysis/variable_projection.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <Eigen/Dense>

namespace overtake {

namespace {

using Exponents = std::array<double, 2>;

/// min |R x - y|^2 over x >= 0 from the normal equations: of the seven sets of free numbers the best feasible one.
Eigen::Vector3d solve_nonnegative(const Eigen::Matrix3d& normal, const Eigen::Vector3d& right) {
    Eigen::Vector3d best = Eigen::Vector3d::Zero();
    double lowest = 0;
    for (int free = 1; free < 8; ++free) {
        Eigen::Matrix3d matrix = Eigen::Matrix3d::Identity();
        Eigen::Vector3d target = Eigen::Vector3d::Zero();
        for (int i = 0; i < 3; ++i) {
            for (int j = 0; j < 3; ++j) {
                if ((free >> i & 1) && (free >> j & 1)) {
                    matrix(i, j) = normal(i, j);
                }
            }
            target[i] = free >> i & 1 ? right[i] : 0;
        }
        Eigen::Vector3d x = matrix.ldlt().solve(target);
        double value = 0.5 * x.dot(normal * x) - right.dot(x);
        if (x.allFinite() && x.minCoeff() >= 0 && value < lowest) {
            lowest = value;
            best = x;
        }
    }
    return best;
}

struct Inner {
    Eigen::Vector3d x = Eigen::Vector3d::Zero();   // E, and A, B at the points' centre
    double value = std::numeric_limits<double>::infinity();
};

Inner solve_inner(const LawPoints& points, const Exponents& exponents, ProjectionLoss loss, double delta, int rounds) {
    auto n = static_cast<Eigen::Index>(points.size());
    Eigen::MatrixX3d rows(n, 3);
    for (Eigen::Index i = 0; i < n; ++i) {
        auto p = static_cast<std::size_t>(i);
        rows.row(i) << 1, std::exp(-exponents[0] * points.log_n()[p]), std::exp(-exponents[1] * points.log_d()[p]);
    }
    Eigen::Map<const Eigen::VectorXd> measured(points.loss().data(), n), weight(points.weight().data(), n);
    Inner inner;
    inner.x = solve_nonnegative(rows.transpose() * weight.asDiagonal() * rows, rows.transpose() * (weight.array() * measured.array()).matrix());
    if (loss == ProjectionLoss::squares_of_loss) {
        inner.value = 0.5 * (weight.array() * (rows * inner.x - measured).array().square()).sum();
        return inner;
    }
    for (int round = 0; round <= rounds; ++round) {
        Eigen::VectorXd predicted = (rows * inner.x).cwiseMax(1e-300);
        Eigen::ArrayXd residual = (predicted.array() / measured.array()).log();
        Eigen::ArrayXd size = residual.abs();
        double value = (weight.array() * (size <= delta).select(0.5 * size.square(), delta * (size - 0.5 * delta))).sum();
        if (round == rounds || !(value < inner.value * (1 - 1e-9))) {
            inner.value = std::min(inner.value, value);
            break;
        }
        inner.value = value;
        Eigen::ArrayXd pull = weight.array() * (size <= delta).select(1.0, delta / size.max(1e-300)) / predicted.array().square();
        Eigen::VectorXd target = predicted.array() * (1 - residual);
        inner.x = solve_nonnegative(rows.transpose() * pull.matrix().asDiagonal() * rows, rows.transpose() * (pull * target.array()).matrix());
    }
    return inner;
}

/// Nelder and Mead 1965 in two dimensions.
template <typename Function>
Exponents nelder_mead(const Function& f, Exponents start, double step) {
    std::array<Exponents, 3> corner{start, {start[0] * (1 + step), start[1]}, {start[0], start[1] * (1 + step)}};
    std::array<double, 3> value{f(corner[0]), f(corner[1]), f(corner[2])};
    auto between = [](const Exponents& a, const Exponents& b, double t) { return Exponents{a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])}; };
    for (int k = 0; k < 300; ++k) {
        std::array<std::size_t, 3> order{0, 1, 2};
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return value[a] < value[b]; });
        auto [best, middle, worst] = order;
        if (std::hypot(corner[worst][0] - corner[best][0], corner[worst][1] - corner[best][1]) < 1e-9) {
            break;
        }
        Exponents centre = between(corner[best], corner[middle], 0.5);
        Exponents candidate = between(centre, corner[worst], -1);
        double at = f(candidate);
        if (at < value[best]) {
            Exponents further = between(centre, corner[worst], -2);
            double at_further = f(further);
            candidate = at_further < at ? further : candidate;
            at = std::min(at, at_further);
        } else if (at >= value[middle]) {
            candidate = between(centre, corner[worst], at < value[worst] ? -0.5 : 0.5);
            at = f(candidate);
        }
        if (at < value[worst]) {
            corner[worst] = candidate;
            value[worst] = at;
        } else {
            for (std::size_t i : {middle, worst}) {
                corner[i] = between(corner[best], corner[i], 0.5);
                value[i] = f(corner[i]);
            }
        }
    }
    return corner[static_cast<std::size_t>(std::min_element(value.begin(), value.end()) - value.begin())];
}

}  // namespace

ProjectionFit fit_by_projection(const LawPoints& points, ProjectionLoss loss, double delta) {
    constexpr int cells = 32;
    Exponents best{0.3, 0.3};
    double lowest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < cells; ++i) {
        for (int j = 0; j < cells; ++j) {
            Exponents at{0.01 * std::pow(300.0, i / (cells - 1.0)), 0.01 * std::pow(300.0, j / (cells - 1.0))};
            double value = solve_inner(points, at, ProjectionLoss::squares_of_loss, delta, 0).value;
            if (value < lowest) {
                lowest = value;
                best = at;
            }
        }
    }
    auto outer = [&](ProjectionLoss kind, int rounds) {
        return [&points, kind, delta, rounds](const Exponents& at) {
            bool inside = at[0] > 1e-3 && at[1] > 1e-3 && at[0] < 10 && at[1] < 10;
            return inside ? solve_inner(points, at, kind, delta, rounds).value : std::numeric_limits<double>::infinity();
        };
    };
    best = nelder_mead(outer(ProjectionLoss::squares_of_loss, 0), best, 0.1);
    constexpr int most_rounds = 400;
    if (loss == ProjectionLoss::huber_of_log_loss) {
        best = nelder_mead(outer(loss, 40), best, 0.1);
        best = nelder_mead(outer(loss, most_rounds), best, 0.02);
    }
    Inner inner = solve_inner(points, best, loss, delta, most_rounds);
    auto logarithm = [](double x) { return std::log(std::max(x, 1e-300)); };
    return {points.law({logarithm(inner.x[1]), logarithm(inner.x[2]), logarithm(inner.x[0]), best[0], best[1]}), inner.value};
}

}  // namespace overtake
