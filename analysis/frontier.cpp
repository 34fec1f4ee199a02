// The compute-optimal frontier of a law in closed form.
#include "analysis/frontier.hpp"

#include <cmath>
#include <limits>

#include <Eigen/Dense>

namespace overtake {

double CostLaw::flops(double parameters, double tokens) const { return k * std::pow(parameters, p) * std::pow(tokens, q); }

CostLaw fit_cost(std::span<const Observation> observations) {
    CostLaw cost;
    if (observations.empty()) {
        return cost;
    }
    double mean_n = 0, mean_d = 0;
    double count = static_cast<double>(observations.size());
    for (const Observation& o : observations) {
        mean_n += std::log(o.parameters) / count;
        mean_d += std::log(o.tokens) / count;
    }
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    for (const Observation& o : observations) {
        Eigen::Vector3d row(1, std::log(o.parameters) - mean_n, std::log(o.tokens) - mean_d);
        normal += row * row.transpose();
        right += row * std::log(o.flops / (6 * o.parameters * o.tokens));
    }
    normal(1, 1) += 1e-6 * count;
    normal(2, 2) += 1e-6 * count;
    Eigen::Vector3d solution = normal.ldlt().solve(right);
    cost.p = 1 + solution[1];
    cost.q = 1 + solution[2];
    cost.k = 6 * std::exp(solution[0] - solution[1] * mean_n - solution[2] * mean_d);
    for (const Observation& o : observations) {
        cost.worst_error = std::fmax(cost.worst_error, std::abs(cost.flops(o.parameters, o.tokens) / o.flops - 1));
    }
    return cost;
}

FrontierPoint frontier(const PowerLaw& law, const CostLaw& cost, double flops) {
    double a = law.alpha / cost.p, b = law.beta / cost.q;
    if (!(a > 1e-9) || !(b > 1e-9) || !(law.A > 0) || !(law.B > 0) || !std::isfinite(law.A) || !std::isfinite(law.B)) {
        double nan = std::numeric_limits<double>::quiet_NaN();
        return {nan, nan, nan};
    }
    double log_x = std::log(flops / cost.k);
    double log_u = (std::log(a * law.A / (b * law.B)) + b * log_x) / (a + b), log_v = log_x - log_u;
    double loss = law.E + std::exp(std::log(law.A) - a * log_u) + std::exp(std::log(law.B) - b * log_v);
    return {std::exp(log_u / cost.p), std::exp(log_v / cost.q), loss};
}

FrontierPoint fixed_ratio(const PowerLaw& law, const CostLaw& cost, double flops, double tokens_per_parameter) {
    double log_n = (std::log(flops / cost.k) - cost.q * std::log(tokens_per_parameter)) / (cost.p + cost.q);
    double n = std::exp(log_n), d = n * tokens_per_parameter;
    return {n, d, law.loss(n, d)};
}

}  // namespace overtake
