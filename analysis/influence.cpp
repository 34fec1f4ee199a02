// First-order effect of every trial on the laws.
#include "analysis/influence.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "analysis/law_map.hpp"
#include "analysis/noise_scale.hpp"

namespace overtake {

namespace {

/// Rows of one scheme within its group.
struct Rows {
    std::vector<LawCoordinates> slopes;  // of the residual
    std::vector<double> residuals, scale;
};

Rows rows_of(const LawPoints& points, const PowerLaw& law) {
    Rows rows;
    rows.residuals = objective_residuals(points, law);
    LawCoordinates c = points.coordinates(law);
    for (std::size_t i = 0; i < points.size(); ++i) {
        double x = points.log_n()[i], y = points.log_d()[i];
        double from_n = std::exp(c[0] - c[3] * x), from_d = std::exp(c[1] - c[4] * y), floor = std::exp(c[2]);
        double sum = points.scale() == ResidualScale::log_loss ? floor + from_n + from_d : 1;
        rows.slopes.push_back({from_n / sum, from_d / sum, floor / sum, -x * from_n / sum, -y * from_d / sum});
    }
    return rows;
}

/// Fills `scale` of every row: a standard deviation of the objective's residuals for each point.
void fit_scales(std::vector<Rows>& group, std::span<const LawPoints> points, std::span<const std::size_t> members, double widening) {
    std::vector<ScaledResiduals> schemes;
    for (std::size_t k = 0; k < members.size(); ++k) {
        schemes.push_back({points[members[k]].log_n(), points[members[k]].log_d(), group[k].residuals});
    }
    NoiseScale noise = fit_noise_scale(schemes, widening);
    for (std::size_t k = 0; k < members.size(); ++k) {
        for (std::size_t i = 0; i < group[k].residuals.size(); ++i) {
            group[k].scale.push_back(noise.at(k, schemes[k].log_n[i], schemes[k].log_d[i]));
        }
    }
}

}  // namespace

LawInfluence law_influence(std::span<const LawPoints> points, std::span<const PowerLaw> laws,
                           const std::vector<std::vector<std::size_t>>& groups, const ResamplingUnits& units,
                           const BootstrapOptions& options) {
    LawInfluence out;
    out.of_unit.assign(points.size(), std::vector<LawCoordinates>(units.count, LawCoordinates{}));
    for (const LawPoints& p : points) {
        out.centre.push_back({p.centre_log_n(), p.centre_log_d()});
    }
    using RowMajor = Eigen::Matrix<double, 5, Eigen::Dynamic, Eigen::RowMajor>;
    for (const auto& members : groups) {
        std::vector<Rows> group;
        std::vector<LawPoints> member_points;
        double count = 0;
        for (std::size_t k : members) {
            group.push_back(rows_of(points[k], laws[k]));
            member_points.push_back(points[k]);
            count += static_cast<double>(points[k].size());
        }
        LawMap map(member_points, options.constraints, options.sharing);
        auto size = static_cast<Eigen::Index>(map.free());
        double widening = std::sqrt(count / std::max(count - static_cast<double>(map.free()), 1.0));
        fit_scales(group, points, members, widening);
        std::vector<RowMajor> to_law;
        for (std::size_t k = 0; k < members.size(); ++k) {
            std::vector<double> entries = map.matrix(k);
            to_law.push_back(Eigen::Map<const RowMajor>(entries.data(), 5, size));
        }
        Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(size, size), scores = Eigen::MatrixXd::Zero(size, static_cast<Eigen::Index>(units.count));
        for (std::size_t k = 0; k < members.size(); ++k) {
            Eigen::Matrix<double, 5, 5> curvature = Eigen::Matrix<double, 5, 5>::Zero();
            for (std::size_t i = 0; i < group[k].residuals.size(); ++i) {
                Eigen::Map<const Eigen::Matrix<double, 5, 1>> slope(group[k].slopes[i].data());
                double weight = points[members[k]].weight()[i];
                curvature += weight * std::erf(options.delta / (std::sqrt(2.0) * group[k].scale[i])) * slope * slope.transpose();
                double pull = weight * std::clamp(group[k].residuals[i], -options.delta, options.delta);
                scores.col(static_cast<Eigen::Index>(units.unit_of[members[k]][i])) -= pull * (to_law[k].transpose() * slope);
            }
            hessian += to_law[k].transpose() * curvature * to_law[k];
        }
        hessian.diagonal() *= 1 + 1e-10;
        hessian.diagonal().array() += 1e-300;
        Eigen::MatrixXd effects = widening * hessian.ldlt().solve(scores);
        for (std::size_t k = 0; k < members.size(); ++k) {
            Eigen::MatrixXd of_law = to_law[k] * effects;
            for (std::size_t unit = 0; unit < units.count; ++unit) {
                Eigen::Map<Eigen::Matrix<double, 5, 1>>(out.of_unit[members[k]][unit].data()) = of_law.col(static_cast<Eigen::Index>(unit));
            }
        }
    }
    return out;
}

StandardError standard_error(std::span<const double> effects) {
    double squares = 0, fourths = 0, used = 0;
    for (double e : effects) {
        squares += e * e;
        fourths += e * e * e * e;
        used += e != 0 ? 1 : 0;
    }
    if (!(squares > 0)) {
        return {0, 1};
    }
    double spread = fourths - squares * squares / used;  // used * variance of the squares: 2 used s^4 where effects are normal
    return {std::sqrt(squares), std::clamp(2 * squares * squares / std::max(spread, 1e-300), 2.0, 1e4)};
}

LawCoordinates loss_gradient(const PowerLaw& law, const std::array<double, 2>& centre, double parameters, double tokens) {
    double from_n = law.A * std::pow(parameters, -law.alpha), from_d = law.B * std::pow(tokens, -law.beta);
    return {from_n, from_d, law.E, -from_n * (std::log(parameters) - centre[0]), -from_d * (std::log(tokens) - centre[1])};
}

PowerLaw moved(const PowerLaw& law, const std::array<double, 2>& centre, const LawCoordinates& step) {
    double alpha = law.alpha + step[3], beta = law.beta + step[4];
    return {law.E * std::exp(step[2]), law.A * std::exp(step[0] + step[3] * centre[0]), law.B * std::exp(step[1] + step[4] * centre[1]), alpha, beta};
}

}  // namespace overtake
