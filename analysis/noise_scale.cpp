// How large residuals are expected to be at a size and budget.
#include "analysis/noise_scale.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "analysis/statistics.hpp"

namespace overtake {

namespace {

constexpr std::size_t fewest_rows_for_slopes = 30;

}  // namespace

double NoiseScale::at(std::size_t scheme, double log_n, double log_d) const {
    return std::max(std::exp(level[scheme] + slope_n * log_n + slope_d * log_d), 1e-12);
}

NoiseScale fit_noise_scale(std::span<const ScaledResiduals> schemes, double widening) {
    std::vector<double> sizes;
    for (const ScaledResiduals& s : schemes) {
        for (double r : s.residuals) {
            sizes.push_back(std::abs(r));
        }
    }
    double least = std::max(0.1 * median(sizes), 1e-12);  // residuals near 0 have logarithms without bound
    auto columns = static_cast<Eigen::Index>(schemes.size() + 2);
    Eigen::VectorXd solution = Eigen::VectorXd::Zero(columns);
    auto row_of = [&](std::size_t k, std::size_t i) {
        Eigen::VectorXd row = Eigen::VectorXd::Zero(columns);
        row[static_cast<Eigen::Index>(k)] = 1;
        row[columns - 2] = schemes[k].log_n[i];
        row[columns - 1] = schemes[k].log_d[i];
        return row;
    };
    if (sizes.size() >= fewest_rows_for_slopes * schemes.size()) {
        Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(columns, columns);
        Eigen::VectorXd right = Eigen::VectorXd::Zero(columns);
        for (std::size_t k = 0; k < schemes.size(); ++k) {
            for (std::size_t i = 0; i < schemes[k].residuals.size(); ++i) {
                Eigen::VectorXd row = row_of(k, i);
                normal += row * row.transpose();
                right += row * std::log(std::max(std::abs(schemes[k].residuals[i]), least));
            }
        }
        normal.diagonal().array() += 1e-9 * normal.diagonal().maxCoeff();
        solution = normal.ldlt().solve(right);
    }
    std::vector<double> relative;
    for (std::size_t k = 0; k < schemes.size(); ++k) {
        for (std::size_t i = 0; i < schemes[k].residuals.size(); ++i) {
            relative.push_back(std::abs(schemes[k].residuals[i]) / std::exp(row_of(k, i).dot(solution)));
        }
    }
    double level = std::log(std::max(1.4826 * median(relative) * widening, 1e-300));
    NoiseScale out{std::vector<double>(schemes.size()), solution[columns - 2], solution[columns - 1]};
    for (std::size_t k = 0; k < schemes.size(); ++k) {
        out.level[k] = solution[static_cast<Eigen::Index>(k)] + level;
    }
    return out;
}

}  // namespace overtake
