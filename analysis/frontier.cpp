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

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool has_optimum(const PowerLaw& law) {
    return law.alpha > 1e-9 && law.beta > 1e-9 && law.A > 0 && law.B > 0 && std::isfinite(law.A) && std::isfinite(law.B);
}

}  // namespace

FrontierPoint frontier(const PowerLaw& law, const CostLaw& cost, double flops) {
    double a = law.alpha / cost.p, b = law.beta / cost.q;
    if (!has_optimum(law)) {
        return {not_a_number, not_a_number, not_a_number};
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

double PathLaw::loss(double log10_flops) const {
    return E + std::exp(log_coefficient[0] - rate[0] * log10_flops) + std::exp(log_coefficient[1] - rate[1] * log10_flops);
}

double PathLaw::slope(double log10_flops) const {
    return -rate[0] * std::exp(log_coefficient[0] - rate[0] * log10_flops) - rate[1] * std::exp(log_coefficient[1] - rate[1] * log10_flops);
}

double PathLaw::log10_flops_for(double wanted) const {
    if (std::isnan(E) || std::isnan(wanted)) {
        return not_a_number;
    }
    if (!(wanted > E)) {
        return std::numeric_limits<double>::infinity();
    }
    if (std::isinf(log_coefficient[1])) {
        return (log_coefficient[0] - std::log(wanted - E)) / rate[0];
    }
    // Where the larger term alone reaches it the sum is above, by less than one factor 2: the answer lies between these two.
    auto alone = [&](double loss_above) {
        double excess = std::log(loss_above);
        return std::fmax((log_coefficient[0] - excess) / rate[0], (log_coefficient[1] - excess) / rate[1]);
    };
    double low = alone(wanted - E), high = alone(0.5 * (wanted - E));
    while (high - low > 1e-12 * std::fmax(1, std::abs(high))) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high) {
            break;
        }
        (loss(middle) > wanted ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

PathLaw frontier_path(const PowerLaw& law, const CostLaw& cost) {
    PathLaw path;
    if (!has_optimum(law)) {
        path.E = not_a_number;
        return path;
    }
    double a = law.alpha / cost.p, b = law.beta / cost.q, per_decade = a * b / (a + b);
    double log_u = std::log(a * law.A / (b * law.B)) / (a + b);
    double from_n = std::log(law.A) - a * log_u, from_d = std::log(law.B) + b * log_u, most = std::fmax(from_n, from_d);
    path.E = law.E;
    path.log_coefficient = {most + std::log(std::exp(from_n - most) + std::exp(from_d - most)) + per_decade * std::log(cost.k),
                            -std::numeric_limits<double>::infinity()};
    path.rate = {per_decade * std::log(10.0), 0};
    return path;
}

PathLaw ray_path(const PowerLaw& law, const CostLaw& cost, double tokens_per_parameter) {
    double log_n_at_1 = (-std::log(cost.k) - cost.q * std::log(tokens_per_parameter)) / (cost.p + cost.q);
    double rate = std::log(10.0) / (cost.p + cost.q);
    PathLaw path;
    path.E = law.E;
    path.log_coefficient = {std::log(law.A) - law.alpha * log_n_at_1, std::log(law.B) - law.beta * (log_n_at_1 + std::log(tokens_per_parameter))};
    path.rate = {law.alpha * rate, law.beta * rate};
    return path;
}

}  // namespace overtake
