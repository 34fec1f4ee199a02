// Tests of a law's residuals.
#include "analysis/residual_tests.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Dense>

#include "analysis/statistics.hpp"
#include "analysis/student.hpp"

namespace overtake {

namespace {

std::vector<double> ranks_of(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t end = i;
        while (end < order.size() && values[order[end]] == values[order[i]]) {
            ++end;
        }
        for (std::size_t j = i; j < end; ++j) {
            ranks[order[j]] = 0.5 * static_cast<double>(i + end + 1);
        }
        i = end;
    }
    return ranks;
}

}  // namespace

TestResult anderson_darling(std::span<const double> values) {
    double n = static_cast<double>(values.size()), mean = 0, squares = 0;
    if (values.size() < 8) {
        return {};
    }
    for (double v : values) {
        mean += v / n;
    }
    for (double v : values) {
        squares += (v - mean) * (v - mean);
    }
    double sd = std::sqrt(squares / (n - 1));
    if (!(sd > 0)) {
        return {};
    }
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        double low = std::max(normal_cdf((sorted[i] - mean) / sd), 1e-300);
        double high = std::max(normal_cdf(-(sorted[sorted.size() - 1 - i] - mean) / sd), 1e-300);
        sum += (2 * static_cast<double>(i) + 1) * (std::log(low) + std::log(high));
    }
    double a = (-n - sum / n) * (1 + 0.75 / n + 2.25 / (n * n));
    double p = a >= 0.6    ? std::exp(1.2937 - 5.709 * a + 0.0186 * a * a)
               : a >= 0.34 ? std::exp(0.9177 - 4.279 * a - 1.38 * a * a)
               : a >= 0.2  ? 1 - std::exp(-8.318 + 42.796 * a - 59.938 * a * a)
                           : 1 - std::exp(-13.436 + 101.14 * a - 223.73 * a * a);
    return {a, a > 13 ? 0 : std::clamp(p, 0.0, 1.0)};
}

TestResult spearman(std::span<const double> x, std::span<const double> y) {
    if (x.size() < 8) {
        return {};
    }
    std::vector<double> a = ranks_of(x), b = ranks_of(y);
    double middle = 0.5 * (static_cast<double>(x.size()) + 1), ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - middle) * (b[i] - middle);
        aa += (a[i] - middle) * (a[i] - middle);
        bb += (b[i] - middle) * (b[i] - middle);
    }
    if (!(aa > 0) || !(bb > 0)) {
        return {};
    }
    double rho = ab / std::sqrt(aa * bb), degrees = static_cast<double>(x.size()) - 2;
    double t = rho * std::sqrt(degrees / std::max(1 - rho * rho, 1e-300));
    return {rho, 2 * student_cdf(-std::abs(t), degrees)};
}

ResidualTests test_residuals(const LawPoints& points, const PowerLaw& law) {
    ResidualTests out;
    if (points.size() < 8) {
        return out;
    }
    std::vector<double> residuals = law_residuals(points, law);
    out.normality = anderson_darling(residuals);
    out.trend_n = spearman(residuals, points.log_n());
    out.trend_d = spearman(residuals, points.log_d());
    auto n = static_cast<Eigen::Index>(residuals.size());
    Eigen::MatrixX3d rows(n, 3);
    Eigen::VectorXd squares(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        auto p = static_cast<std::size_t>(i);
        rows.row(i) << 1, points.log_n()[p], points.log_d()[p];
        squares[i] = residuals[p] * residuals[p];
    }
    Eigen::VectorXd fitted = rows * rows.colPivHouseholderQr().solve(squares);
    double total = (squares.array() - squares.mean()).square().sum(), left = (squares - fitted).squaredNorm();
    if (total > 0) {
        out.heteroscedasticity.statistic = static_cast<double>(n) * std::max(0.0, 1 - left / total);
        out.heteroscedasticity.p_value = chi_squared_tail(out.heteroscedasticity.statistic, 2);
    }
    return out;
}

}  // namespace overtake
