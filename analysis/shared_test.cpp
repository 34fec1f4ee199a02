// The test of what schemes share, where seeds may be paired through schemes.
#include "analysis/shared_test.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "analysis/statistics.hpp"
#include "analysis/student.hpp"

namespace overtake {

namespace {

using Five = Eigen::Matrix<double, 5, 1>;

/// ln E, ln A, ln B, alpha, beta.
Five numbers_of(const PowerLaw& law) { return Five(std::log(law.E), std::log(law.A), std::log(law.B), law.alpha, law.beta); }

/// The same, moved by an effect on the centred coordinates (a, b, e, alpha, beta).
Five effect_on_numbers(const LawCoordinates& x, const std::array<double, 2>& centre) {
    return Five(x[2], x[0] + x[3] * centre[0], x[1] + x[4] * centre[1], x[3], x[4]);
}

/// P(F > x) with q and f degrees, q a whole number: P(T^2 / q > x) is integrated over the chi-squared law of the denominator.
double f_tail(double x, int q, double f) {
    constexpr int steps = 400;
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        double z = normal_quantile((i + 0.5) / steps);
        double cube = 1 - 2 / (9 * f) + z * std::sqrt(2 / (9 * f));   // Wilson and Hilferty 1931: chi-squared over its degrees
        sum += chi_squared_tail(q * x * std::pow(std::max(cube, 0.0), 3), q) / steps;
    }
    return sum;
}

}  // namespace

SharedTest test_equality(std::span<const PowerLaw> laws, const LawInfluence& influence, const Sharing& sharing) {
    const std::array<bool, 5> tested{sharing.E, sharing.A, sharing.B, sharing.alpha, sharing.beta};
    std::vector<double> contrasts;
    std::vector<std::vector<double>> effects;
    double degrees = 0, smallest_p = 1;
    for (std::size_t k = 1; k < laws.size(); ++k) {
        const Five difference = numbers_of(laws[k]) - numbers_of(laws[0]);
        for (Eigen::Index i = 0; i < 5; ++i) {
            std::vector<double> of_unit;
            for (std::size_t u = 0; tested[static_cast<std::size_t>(i)] && u < influence.of_unit[k].size(); ++u) {
                of_unit.push_back(effect_on_numbers(influence.of_unit[k][u], influence.centre[k])[i] -
                                  effect_on_numbers(influence.of_unit[0][u], influence.centre[0])[i]);
            }
            StandardError error = standard_error(of_unit);
            if (error.value > 0 && std::isfinite(error.value) && std::isfinite(difference[i])) {
                contrasts.push_back(difference[i]);
                effects.push_back(of_unit);
                degrees += error.degrees;
                smallest_p = std::min(smallest_p, 2 * student_cdf(-std::abs(difference[i]) / error.value, error.degrees));
            }
        }
    }
    SharedTest test;
    auto size = static_cast<Eigen::Index>(contrasts.size());
    if (size == 0) {
        return test;
    }
    degrees /= static_cast<double>(size);
    Eigen::MatrixXd covariance(size, size);
    for (Eigen::Index i = 0; i < size; ++i) {
        for (Eigen::Index j = 0; j < size; ++j) {
            const auto &a = effects[static_cast<std::size_t>(i)], &b = effects[static_cast<std::size_t>(j)];
            covariance(i, j) = Eigen::Map<const Eigen::VectorXd>(a.data(), std::ssize(a)).dot(Eigen::Map<const Eigen::VectorXd>(b.data(), std::ssize(b)));
        }
    }
    // Scaled to correlations, so that quantities of any size may be tested together; directions without variance are not tested.
    const Eigen::VectorXd spread = covariance.diagonal().cwiseSqrt();
    const Eigen::MatrixXd correlation = spread.cwiseInverse().asDiagonal() * covariance * spread.cwiseInverse().asDiagonal();
    const Eigen::VectorXd scaled = Eigen::Map<const Eigen::VectorXd>(contrasts.data(), size).cwiseQuotient(spread);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation);
    for (Eigen::Index i = 0; i < size; ++i) {
        double variance = solver.eigenvalues()[i];
        if (variance > 1e-9) {
            test.statistic += std::pow(solver.eigenvectors().col(i).dot(scaled), 2) / variance;
            ++test.degrees;
        }
    }
    double q = test.degrees, left = degrees - q + 1;
    if (test.degrees > 1 && 2 * q > degrees) {
        test.p_value = std::min(1.0, static_cast<double>(size) * smallest_p);
        return test;
    }
    test.p_value = test.degrees == 1 ? 2 * student_cdf(-std::sqrt(test.statistic), degrees)
                                     : f_tail(test.statistic * left / (degrees * q), test.degrees, left);
    return test;
}

}  // namespace overtake
