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

struct InnerProblem {
    const LawPoints& points;
    double delta;
    double floor;   // held E; NaN: free
};

/// Squares of loss, or the points' objective by `rounds` of reweighting; 0 rounds: one solution by squares of loss.
Inner solve_inner(const InnerProblem& problem, const Exponents& exponents, bool squares_of_loss, int rounds) {
    const LawPoints& points = problem.points;
    double delta = problem.delta;
    bool floor_held = !std::isnan(problem.floor), in_logs = points.scale() == ResidualScale::log_loss;
    auto n = static_cast<Eigen::Index>(points.size());
    Eigen::MatrixX3d rows(n, 3);
    for (Eigen::Index i = 0; i < n; ++i) {
        auto p = static_cast<std::size_t>(i);
        rows.row(i) << (floor_held ? 0 : 1), std::exp(-exponents[0] * points.log_n()[p]), std::exp(-exponents[1] * points.log_d()[p]);
    }
    Eigen::Map<const Eigen::VectorXd> measured(points.loss().data(), n), weight(points.weight().data(), n);
    Eigen::ArrayXd floor = Eigen::ArrayXd::Constant(n, floor_held ? problem.floor : 0);
    Inner inner;
    inner.x = solve_nonnegative(rows.transpose() * weight.asDiagonal() * rows, rows.transpose() * (weight.array() * (measured.array() - floor)).matrix());
    if (squares_of_loss) {
        inner.value = 0.5 * (weight.array() * ((rows * inner.x - measured).array() + floor).square()).sum();
        return inner;
    }
    double wide = std::isfinite(delta) ? delta : 1e300;
    for (int round = 0; round <= rounds; ++round) {
        Eigen::ArrayXd predicted = ((rows * inner.x).array() + floor).cwiseMax(1e-300);
        Eigen::ArrayXd residual = predicted - measured.array();
        if (in_logs) {
            residual = (predicted / measured.array()).log();
        }
        Eigen::ArrayXd size = residual.abs();
        double value = (weight.array() * (size <= delta).select(0.5 * size.square(), wide * (size - 0.5 * wide))).sum();
        if (round == rounds || !(value < inner.value * (1 - 1e-9))) {
            inner.value = std::min(inner.value, value);
            break;
        }
        inner.value = value;
        Eigen::ArrayXd pull = weight.array() * (size <= delta).select(1.0, wide / size.max(1e-300));
        Eigen::ArrayXd target = predicted - residual - floor;
        if (in_logs) {
            pull /= predicted.square();
            target = predicted * (1 - residual) - floor;
        }
        inner.x = solve_nonnegative(rows.transpose() * pull.matrix().asDiagonal() * rows, rows.transpose() * (pull * target).matrix());
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

ProjectionFit fit_by_projection(const LawPoints& points, double delta, const LawConstraints& constraints) {
    constexpr int cells = 32, most_rounds = 400;
    const PowerLaw& held = constraints.held;
    InnerProblem problem{points, delta, held.E};
    bool squares = points.scale() == ResidualScale::loss && !std::isfinite(delta);
    auto admitted = [&](const Exponents& at) {
        double alpha = std::isnan(held.alpha) ? at[0] : held.alpha;
        return Exponents{alpha, constraints.tied ? alpha : std::isnan(held.beta) ? at[1] : held.beta};
    };
    Exponents best{0.3, 0.3};
    double lowest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < cells; ++i) {
        for (int j = 0; j < (constraints.tied ? 1 : cells); ++j) {
            Exponents at{0.01 * std::pow(300.0, i / (cells - 1.0)), 0.01 * std::pow(300.0, j / (cells - 1.0))};
            double value = solve_inner(problem, admitted(at), true, 0).value;
            if (value < lowest) {
                lowest = value;
                best = at;
            }
        }
    }
    auto outer = [&](bool squares_of_loss, int rounds) {
        return [&, squares_of_loss, rounds](const Exponents& at) {
            bool inside = at[0] > 1e-3 && at[1] > 1e-3 && at[0] < 10 && at[1] < 10;
            return inside ? solve_inner(problem, admitted(at), squares_of_loss, rounds).value : std::numeric_limits<double>::infinity();
        };
    };
    best = nelder_mead(outer(true, 0), best, 0.1);
    if (!squares) {
        best = nelder_mead(outer(false, 40), best, 0.1);
        best = nelder_mead(outer(false, most_rounds), best, 0.02);
    }
    best = admitted(best);
    Inner inner = solve_inner(problem, best, squares, most_rounds);
    auto logarithm = [](double x) { return std::log(std::max(x, 1e-300)); };
    double floor = std::isnan(held.E) ? inner.x[0] : held.E;
    return {points.law({logarithm(inner.x[1]), logarithm(inner.x[2]), logarithm(floor), best[0], best[1]}), inner.value};
}

}  // namespace overtake
