// Profile likelihood of one quantity of a law.
#include "analysis/profile.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/joint_fit.hpp"

namespace overtake {

namespace {

double PowerLaw::* member_of(const std::string& name) {
    return name == "E" ? &PowerLaw::E : name == "A" ? &PowerLaw::A : name == "B" ? &PowerLaw::B : name == "alpha" ? &PowerLaw::alpha : &PowerLaw::beta;
}

bool is_shared(const Sharing& s, const std::string& name) {
    return name == "E" ? s.E : name == "A" ? s.A : name == "B" ? s.B : name == "alpha" ? s.alpha : s.beta;
}

/// How far the search goes, in ln theta.
Interval limits(const ProfileProblem& problem, std::size_t scheme, const std::string& name, double log_value) {
    if (name == "E") {
        std::span<const double> losses = problem.points[scheme].loss();
        double smallest = std::log(*std::min_element(losses.begin(), losses.end()));
        return {std::min(smallest + std::log(1e-3), log_value), std::max(smallest, log_value)};
    }
    if (name == "alpha" || name == "beta") {
        return {std::min(std::log(0.01), log_value), std::max(std::log(6.0), log_value)};
    }
    return {log_value - 30, log_value + 30};
}

}  // namespace

std::optional<ProfileInterval> profile_interval(const ProfileProblem& problem, std::size_t scheme, const std::string& name) {
    double PowerLaw::* member = member_of(name);
    double value = problem.laws[scheme].*member;
    bool tied_away = problem.constraints.tied && name == "beta";
    if (tied_away || !std::isnan(problem.constraints.held.*member) || !(value > 0) || !std::isfinite(std::log(value))) {
        return std::nullopt;
    }
    std::span<const LawPoints> points = problem.points;
    std::vector<double> sizes;
    for (std::size_t k = 0; k < points.size(); ++k) {
        for (double r : objective_residuals(points[k], problem.laws[k])) {
            sizes.push_back(std::abs(r));
        }
    }
    double residual_sd = 1.4826 * median(sizes);
    auto map_at = [&](double log_theta) {
        std::vector<LawConstraints> constraints(points.size(), problem.constraints);
        for (std::size_t k = 0; k < points.size(); ++k) {
            if (k == scheme || (is_shared(problem.sharing, name) && points.size() > 1)) {
                constraints[k].held.*member = std::exp(log_theta);
            }
        }
        return LawMap(points, constraints, problem.sharing);
    };
    LawMap free_map(points, problem.constraints, problem.sharing);
    double lowest = 0;
    for (std::size_t k = 0; k < points.size(); ++k) {
        LawCoordinates unused{};
        lowest += law_objective(points[k], problem.delta, points[k].coordinates(problem.laws[k]).data(), unused.data());
    }
    double factor = deviance_per_objective(points, problem.laws, problem.delta, free_map.free());
    double z = normal_quantile(0.5 + 0.5 * problem.confidence), target = z * z;

    LawMap map = map_at(std::log(value));
    std::vector<double> at_best = joint_numbers(map, points, problem.laws);
    std::vector<double> metric = joint_inverse_hessian(map, points, at_best, problem.delta, residual_sd);
    Interval ends = limits(problem, scheme, name, std::log(value));
    ProfileInterval out;
    for (bool upwards : {false, true}) {
        double limit = upwards ? ends.high : ends.low, inside = std::log(value), inside_root = 0, step = 0.01;
        std::vector<double> numbers = at_best;
        bool& open = upwards ? out.high_open : out.low_open;
        double& end = upwards ? out.interval.high : out.interval.low;
        auto root_at = [&](double log_theta, std::vector<double>& from) {
            JointFit fit = descend_joint(map_at(log_theta), points, from, problem.delta, metric);
            from = fit.numbers;
            double excess = (fit.objective - lowest) * factor;
            return std::isfinite(excess) ? std::sqrt(std::max(excess, 0.0)) : INFINITY;
        };
        while (true) {
            double next = upwards ? std::min(inside + step, limit) : std::max(inside - step, limit);
            std::vector<double> trial = numbers;
            double root = next == inside ? 0 : root_at(next, trial);
            if (root * root > target) {
                // Between `inside` and `next`: the root of the statistic is nearly linear in ln theta.
                double outside = next, outside_root = root;
                for (int round = 0; round < 6; ++round) {
                    double share = std::isfinite(outside_root) ? (z - inside_root) / std::max(outside_root - inside_root, 1e-12) : 0.5;
                    double middle = inside + std::clamp(share, 0.05, 0.95) * (outside - inside);
                    trial = numbers;
                    double here = root_at(middle, trial);
                    (here > z ? outside : inside) = middle;
                    (here > z ? outside_root : inside_root) = here;
                    if (here <= z) {
                        numbers = trial;
                    }
                    if (std::abs(here - z) < 0.01) {
                        break;
                    }
                }
                end = std::exp(0.5 * (inside + outside));
                break;
            }
            if (next == limit) {
                open = true;
                end = std::exp(limit);
                break;
            }
            inside = next;
            inside_root = root;
            numbers = trial;
            step *= root < 0.5 * z ? 1.8 : 1.3;
        }
    }
    return out;
}

}  // namespace overtake
