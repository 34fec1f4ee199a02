// The compute-optimal frontier of a law, in closed form or on a counted cost.
#include "analysis/frontier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>

namespace overtake {

double CostLaw::flops(double parameters, double tokens) const {
    return curve ? std::exp(curve->log_cost(std::log(parameters), std::log(tokens))) : k * std::pow(parameters, p) * std::pow(tokens, q);
}

double CostLaw::tokens(double parameters, double flops) const {
    return curve ? std::exp(curve->log_tokens(std::log(parameters), std::log(flops))) : std::pow(flops / (k * std::pow(parameters, p)), 1 / q);
}

CostLaw CostLaw::closed() const { return {k, p, q, worst_error, nullptr}; }

CostLaw fit_cost(std::span<const Observation> observations, bool numeric) {
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
    constexpr double good_enough = 1e-3;  // moves a frontier by less than any interval
    if (numeric && cost.worst_error > good_enough) {
        if (std::optional<CostCurve> curve = CostCurve::fit(observations); curve && curve->worst_error() < cost.worst_error) {
            cost.worst_error = curve->worst_error();
            cost.curve = std::make_shared<const CostCurve>(std::move(*curve));
        }
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
    if (cost.curve) {
        double log_n = cost.curve->best_log_n(law, std::log(flops), log_u / cost.p), log_d = cost.curve->log_tokens(log_n, std::log(flops));
        return {std::exp(log_n), std::exp(log_d), law.E + law.A * std::exp(-law.alpha * log_n) + law.B * std::exp(-law.beta * log_d)};
    }
    double loss = law.E + std::exp(std::log(law.A) - a * log_u) + std::exp(std::log(law.B) - b * log_v);
    return {std::exp(log_u / cost.p), std::exp(log_v / cost.q), loss};
}

FrontierPoint fixed_ratio(const PowerLaw& law, const CostLaw& cost, double flops, double tokens_per_parameter) {
    double log_n = (std::log(flops / cost.k) - cost.q * std::log(tokens_per_parameter)) / (cost.p + cost.q);
    if (cost.curve) {
        log_n = cost.curve->ray_log_n(std::log(tokens_per_parameter), std::log(flops), log_n);
    }
    double n = std::exp(log_n), d = n * tokens_per_parameter;
    return {n, d, law.loss(n, d)};
}

bool PathLaw::closed_frontier() const { return !curve && std::isinf(log_coefficient[1]); }

FrontierPoint PathLaw::point(double log10_flops) const {
    double flops = std::pow(10.0, log10_flops);
    return tokens_per_parameter > 0 ? fixed_ratio(law, cost, flops, tokens_per_parameter) : frontier(law, cost, flops);
}

double PathLaw::loss(double log10_flops) const {
    if (curve) {
        return point(log10_flops).loss;
    }
    return E + std::exp(log_coefficient[0] - rate[0] * log10_flops) + std::exp(log_coefficient[1] - rate[1] * log10_flops);
}

double PathLaw::slope(double log10_flops) const {
    if (curve) {
        FrontierPoint at = point(log10_flops);
        double from_n = law.alpha * law.A * std::pow(at.parameters, -law.alpha), from_d = law.beta * law.B * std::pow(at.tokens, -law.beta);
        // On the frontier a further FLOP is worth the same in either; as tokens it is (dL / d ln D) / q.
        return -std::log(10.0) * (tokens_per_parameter > 0 ? (from_n + from_d) / (curve->slope(std::log(at.parameters)) + curve->token_power()) : from_d / curve->token_power());
    }
    return -rate[0] * std::exp(log_coefficient[0] - rate[0] * log10_flops) - rate[1] * std::exp(log_coefficient[1] - rate[1] * log10_flops);
}

namespace {

/// The logarithm of what is left above E is nearly a straight line in log C: Newton steps from the closed form's answer.
double numeric_log10_flops_for(const PathLaw& path, double wanted) {
    PathLaw closed = path;
    closed.curve = nullptr;
    double x = closed.log10_flops_for(wanted);
    for (int k = 0; k < 40 && std::isfinite(x); ++k) {
        double above = path.loss(x) - path.E, step = std::log(above / (wanted - path.E)) * above / path.slope(x);
        x -= std::clamp(step, -2.0, 2.0);
        if (std::abs(step) < 1e-11) {
            break;
        }
    }
    return x;
}

}  // namespace

double PathLaw::log10_flops_for(double wanted) const {
    if (std::isnan(E) || std::isnan(wanted)) {
        return not_a_number;
    }
    if (!(wanted > E)) {
        return std::numeric_limits<double>::infinity();
    }
    if (std::isinf(log_coefficient[1]) && !curve) {
        return (log_coefficient[0] - std::log(wanted - E)) / rate[0];
    }
    if (curve) {
        return numeric_log10_flops_for(*this, wanted);
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

namespace {

void follow_curve(PathLaw& path, const PowerLaw& law, const CostLaw& cost, double tokens_per_parameter) {
    if (cost.curve) {
        path.curve = cost.curve;
        path.cost = cost;
        path.law = law;
        path.tokens_per_parameter = tokens_per_parameter;
    }
}

}  // namespace

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
    follow_curve(path, law, cost, 0);
    return path;
}

PathLaw ray_path(const PowerLaw& law, const CostLaw& cost, double tokens_per_parameter) {
    double log_n_at_1 = (-std::log(cost.k) - cost.q * std::log(tokens_per_parameter)) / (cost.p + cost.q);
    double rate = std::log(10.0) / (cost.p + cost.q);
    PathLaw path;
    path.E = law.E;
    path.log_coefficient = {std::log(law.A) - law.alpha * log_n_at_1, std::log(law.B) - law.beta * (log_n_at_1 + std::log(tokens_per_parameter))};
    path.rate = {law.alpha * rate, law.beta * rate};
    follow_curve(path, law, cost, tokens_per_parameter);
    return path;
}

}  // namespace overtake
