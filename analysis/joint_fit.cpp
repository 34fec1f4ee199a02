// One fit of several schemes that share the irreducible loss E, and the test of whether they may.
#include "analysis/joint_fit.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "analysis/minimize.hpp"
#include "analysis/statistics.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// Place of (a, b, alpha, beta) of scheme k; e is at 0.
std::size_t block(std::size_t k) { return 1 + 4 * k; }

LawCoordinates of_scheme(std::span<const double> x, std::size_t k) {
    return {x[block(k)], x[block(k) + 1], x[0], x[block(k) + 2], x[block(k) + 3]};
}

}  // namespace

JointFit descend_joint(std::span<const LawPoints> points, const JointCoordinates& start, double delta,
                       std::span<const double> inverse_hessian) {
    expects(start.size() == 4 * points.size() + 1, "joint coordinates: e and four numbers a scheme");
    thread_local Minimizer minimizer;
    Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
        double sum = 0;
        gradient[0] = 0;
        for (std::size_t k = 0; k < points.size(); ++k) {
            LawCoordinates at = of_scheme(x, k), slope{};
            sum += law_objective(points[k], delta, at.data(), slope.data());
            gradient[0] += slope[2];
            gradient[block(k)] = slope[0];
            gradient[block(k) + 1] = slope[1];
            gradient[block(k) + 2] = slope[3];
            gradient[block(k) + 3] = slope[4];
        }
        return sum;
    };
    MinimizeOptions options;
    options.iterations = 400 + 60 * static_cast<int>(points.size());
    Minimum end = minimizer.run(objective, start, inverse_hessian, options);
    JointFit fit{{}, end.x, end.value, end.converged};
    for (std::size_t k = 0; k < points.size(); ++k) {
        fit.laws.push_back(points[k].law(of_scheme(end.x, k)));
    }
    return fit;
}

JointCoordinates joint_coordinates(std::span<const LawPoints> points, std::span<const PowerLaw> laws) {
    JointCoordinates out{0};
    for (std::size_t k = 0; k < laws.size(); ++k) {
        LawCoordinates c = points[k].coordinates(laws[k]);
        out[0] += c[2] / static_cast<double>(laws.size());
        out.insert(out.end(), {c[0], c[1], c[3], c[4]});
    }
    return out;
}

std::vector<double> joint_inverse_hessian(std::span<const LawPoints> points, const JointCoordinates& at, double delta, double residual_sd) {
    auto n = static_cast<Eigen::Index>(at.size());
    Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(n, n);
    constexpr std::size_t order[5] = {1, 2, 0, 3, 4};  // a, b, e, alpha, beta -> place in (e, a, b, alpha, beta)
    for (std::size_t k = 0; k < points.size(); ++k) {
        std::array<double, 25> normal = normal_matrix(points[k], of_scheme(at, k));
        for (std::size_t i = 0; i < 5; ++i) {
            for (std::size_t j = 0; j < 5; ++j) {
                auto row = static_cast<Eigen::Index>(order[i] == 0 ? 0 : order[i] + 4 * k);
                auto column = static_cast<Eigen::Index>(order[j] == 0 ? 0 : order[j] + 4 * k);
                hessian(row, column) += normal[5 * i + j];
            }
        }
    }
    double inside = std::clamp(std::erf(delta / (std::sqrt(2.0) * std::max(residual_sd, 1e-12))), 0.02, 1.0);
    hessian *= inside;
    hessian.diagonal() *= 1 + 1e-7;
    hessian.diagonal().array() += 1e-12;
    Eigen::MatrixXd inverse = hessian.ldlt().solve(Eigen::MatrixXd::Identity(n, n));
    return {inverse.data(), inverse.data() + inverse.size()};
}

JointFit fit_joint(std::span<const LawPoints> points, std::span<const LawFit> separate, double delta) {
    std::vector<PowerLaw> laws;
    for (const LawFit& fit : separate) {
        laws.push_back(fit.law);
    }
    JointCoordinates start = joint_coordinates(points, laws);
    std::vector<double> floors{start[0]};
    for (std::size_t k = 0; k < laws.size(); ++k) {
        floors.push_back(std::log(std::max(laws[k].E, 1e-3)));
    }
    JointFit best;
    for (std::size_t i = 0; i < floors.size(); ++i) {
        start[0] = floors[i];
        JointFit fit = descend_joint(points, start, delta);
        if (i == 0 || fit.objective < best.objective) {
            best = fit;
        }
    }
    return descend_joint(points, best.coordinates, delta);
}

SharedTest test_shared_floor(std::span<const LawPoints> points, std::span<const LawFit> separate, const JointFit& shared, double delta) {
    SharedTest test;
    test.degrees = static_cast<int>(points.size()) - 1;
    if (test.degrees < 1) {
        return test;
    }
    double apart = 0, squared_pull = 0, rows = 0, fitted = 0;
    std::vector<double> sizes;
    for (std::size_t k = 0; k < points.size(); ++k) {
        apart += separate[k].objective;
        for (double r : law_residuals(points[k], separate[k].law)) {
            double pull = std::clamp(r, -delta, delta);
            squared_pull += pull * pull;
            sizes.push_back(std::abs(r));
        }
        rows += static_cast<double>(points[k].size());
        fitted += 5;
    }
    double widening = std::sqrt(rows / std::max(rows - fitted, 1.0));
    double sd = std::max(1.4826 * median(sizes) * widening, 1e-12);
    double inside = std::erf(delta / (std::sqrt(2.0) * sd));
    squared_pull = std::max(squared_pull / rows, 1e-300);
    test.statistic = std::max(0.0, 2 * (shared.objective - apart) * inside / squared_pull);
    test.p_value = chi_squared_tail(test.statistic, test.degrees);
    return test;
}

}  // namespace overtake
