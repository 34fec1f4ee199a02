// One fit of several schemes that share numbers, and the tests of whether they may.
#include "analysis/joint_fit.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "analysis/minimize.hpp"
#include "analysis/statistics.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

JointFit descend_joint(const LawMap& map, std::span<const LawPoints> points, std::span<const double> start, double delta,
                       std::span<const double> inverse_hessian) {
    expects(start.size() == map.free() && points.size() == map.schemes(), "one start for every free number, one map for every scheme");
    thread_local Minimizer minimizer;
    Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
        double sum = 0;
        std::fill(gradient.begin(), gradient.end(), 0);
        for (std::size_t k = 0; k < points.size(); ++k) {
            LawCoordinates at = map.coordinates(x, k), slope{};
            sum += law_objective(points[k], delta, at.data(), slope.data());
            map.pull_back(slope, k, gradient);
        }
        return sum;
    };
    MinimizeOptions options;
    options.iterations = 400 + 60 * static_cast<int>(points.size());
    Minimum end = minimizer.run(objective, start, inverse_hessian, options);
    JointFit fit{{}, end.x, end.value, end.converged};
    for (std::size_t k = 0; k < points.size(); ++k) {
        fit.laws.push_back(points[k].law(map.coordinates(end.x, k)));
    }
    return fit;
}

std::vector<double> joint_numbers(const LawMap& map, std::span<const LawPoints> points, std::span<const PowerLaw> laws) {
    std::vector<LawCoordinates> at;
    for (std::size_t k = 0; k < laws.size(); ++k) {
        at.push_back(points[k].coordinates(laws[k]));
        for (double& c : at.back()) {
            c = std::max(c, -300.0);
        }
    }
    return map.free_numbers(at);
}

std::vector<double> joint_inverse_hessian(const LawMap& map, std::span<const LawPoints> points, std::span<const double> at, double delta,
                                          double residual_sd) {
    auto n = static_cast<Eigen::Index>(at.size());
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(n, n);
    for (std::size_t k = 0; k < points.size(); ++k) {
        std::array<double, 25> entries = normal_matrix(points[k], map.coordinates(at, k));
        std::vector<double> map_entries = map.matrix(k);
        Eigen::Map<const Eigen::Matrix<double, 5, 5>> normal(entries.data());
        Eigen::Map<const RowMajor> m(map_entries.data(), 5, n);
        hessian += m.transpose() * normal * m;
    }
    double inside = std::clamp(std::erf(delta / (std::sqrt(2.0) * std::max(residual_sd, 1e-12))), 0.02, 1.0);
    hessian *= inside;
    hessian.diagonal() *= 1 + 1e-7;
    hessian.diagonal().array() += 1e-12;
    Eigen::MatrixXd inverse = hessian.ldlt().solve(Eigen::MatrixXd::Identity(n, n));
    return {inverse.data(), inverse.data() + inverse.size()};
}

JointFit fit_joint(std::span<const LawPoints> points, std::span<const LawFit> separate, double delta, const LawConstraints& constraints,
                   const Sharing& sharing) {
    LawMap map(points, constraints, sharing);
    std::vector<PowerLaw> laws;
    for (const LawFit& fit : separate) {
        laws.push_back(fit.law);
    }
    JointFit best;
    for (std::size_t lead = 0; lead <= laws.size(); ++lead) {
        std::vector<PowerLaw> start = laws;
        for (std::size_t k = 0; lead < laws.size() && k < laws.size(); ++k) {
            const PowerLaw& leader = laws[lead];
            start[k].E = sharing.E ? std::max(leader.E, 1e-3) : start[k].E;
            start[k].alpha = sharing.alpha ? leader.alpha : start[k].alpha;
            start[k].beta = sharing.beta ? leader.beta : start[k].beta;
            // A shared exponent moves the term along the whole grid: keep its size at the centre, unless that is shared as well.
            start[k].A = sharing.A ? leader.A : laws[k].A * std::exp((start[k].alpha - laws[k].alpha) * points[k].centre_log_n());
            start[k].B = sharing.B ? leader.B : laws[k].B * std::exp((start[k].beta - laws[k].beta) * points[k].centre_log_d());
        }
        JointFit fit = descend_joint(map, points, joint_numbers(map, points, start), delta);
        if (lead == 0 || fit.objective < best.objective) {
            best = fit;
        }
    }
    return descend_joint(map, points, best.numbers, delta);
}

double deviance_per_objective(std::span<const LawPoints> points, std::span<const PowerLaw> laws, double delta, std::size_t fitted_numbers) {
    double squared_pull = 0, rows = 0;
    std::vector<double> sizes;
    for (std::size_t k = 0; k < points.size(); ++k) {
        std::vector<double> residuals = objective_residuals(points[k], laws[k]);
        for (std::size_t i = 0; i < residuals.size(); ++i) {
            double pull = points[k].weight()[i] * std::clamp(residuals[i], -delta, delta);
            squared_pull += pull * pull;
            sizes.push_back(std::abs(residuals[i]));
        }
        rows += static_cast<double>(points[k].size());
    }
    double widening = std::sqrt(rows / std::max(rows - static_cast<double>(fitted_numbers), 1.0));
    double sd = std::max(1.4826 * median(sizes) * widening, 1e-12);
    double inside = std::erf(delta / (std::sqrt(2.0) * sd));
    return 2 * inside / std::max(squared_pull / rows, 1e-300);
}

namespace {

struct Separate {
    std::vector<PowerLaw> laws;
    double objective = 0;
    std::size_t free_numbers = 0, rows = 0;
};

Separate sum_up(std::span<const LawPoints> points, std::span<const LawFit> fits, const LawConstraints& constraints) {
    Separate out;
    for (std::size_t k = 0; k < points.size(); ++k) {
        out.laws.push_back(fits[k].law);
        out.objective += fits[k].objective;
        out.rows += points[k].size();
    }
    out.free_numbers = LawMap(points, constraints, parse_sharing("none")).free();
    return out;
}

}  // namespace

SharedTest test_shared(std::span<const LawPoints> points, std::span<const LawFit> separate, const JointFit& shared, double delta,
                       const LawConstraints& constraints, const Sharing& sharing) {
    Separate apart = sum_up(points, separate, constraints);
    SharedTest test;
    test.degrees = static_cast<int>(apart.free_numbers) - static_cast<int>(LawMap(points, constraints, sharing).free());
    if (test.degrees < 1) {
        return test;
    }
    test.statistic = std::max(0.0, (shared.objective - apart.objective) * deviance_per_objective(points, apart.laws, delta, apart.free_numbers));
    test.p_value = chi_squared_tail(test.statistic, test.degrees);
    return test;
}

std::vector<SharingModel> compare_sharing(std::span<const LawPoints> points, std::span<const LawFit> separate, double delta,
                                          const LawConstraints& constraints, const Sharing& asked) {
    Separate apart = sum_up(points, separate, constraints);
    double factor = deviance_per_objective(points, apart.laws, delta, apart.free_numbers);
    std::vector<Sharing> ways;
    for (const char* names : {"none", "E", "A", "B", "alpha", "beta", "alpha,beta", "E,alpha,beta", "all"}) {
        ways.push_back(parse_sharing(names));
    }
    if (std::find(ways.begin(), ways.end(), asked) == ways.end()) {
        ways.push_back(asked);
    }
    std::vector<SharingModel> out;
    for (const Sharing& way : ways) {
        SharingModel model{name_of(way), LawMap(points, constraints, way).free(), apart.objective, 0, 0, {}};
        if (model.free_numbers < apart.free_numbers) {
            JointFit fit = fit_joint(points, separate, delta, constraints, way);
            model.objective = fit.objective;
            model.test = test_shared(points, separate, fit, delta, constraints, way);
        } else if (way != Sharing{false, false, false, false, false} && way != asked) {
            continue;   // held or tied already: nothing to share
        }
        double numbers = static_cast<double>(model.free_numbers);
        model.aic = factor * model.objective + 2 * numbers;
        model.bic = factor * model.objective + numbers * std::log(static_cast<double>(apart.rows));
        out.push_back(model);
    }
    return out;
}

}  // namespace overtake
