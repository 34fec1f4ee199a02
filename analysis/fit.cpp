// Fits the law to one scheme's points from every start of the published grid.
#include "analysis/fit.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <Eigen/Dense>

#include "analysis/minimize.hpp"
#include "analysis/parallel.hpp"
#include "analysis/statistics.hpp"
#include "analysis/text.hpp"
#include "analysis/variable_projection.hpp"

namespace overtake {

namespace {

std::size_t count_distinct(std::span<const double> values) {
    std::set<long> seen;
    for (double x : values) {
        seen.insert(std::lround(x * 1e3));  // a tenth of a per cent apart
    }
    return seen.size();
}

double correlation(std::span<const double> x, std::span<const double> y) {
    double xy = 0, xx = 0, yy = 0, mean_x = 0, mean_y = 0, n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        mean_x += x[i] / n;
        mean_y += y[i] / n;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
    }
    return xy / std::sqrt(std::max(xx * yy, 1e-300));
}

double span_of(std::span<const double> values) {
    auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *high - *low;
}

/// One descent in the free numbers of `map`, from the nearest to `start`.
LawDescent descend_held(const LawMap& map, const LawPoints& points, const LawCoordinates& start, double delta) {
    thread_local Minimizer minimizer;
    Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
        LawCoordinates at = map.coordinates(x, 0), slope{};
        double value = law_objective(points, delta, at.data(), slope.data());
        std::fill(gradient.begin(), gradient.end(), 0);
        map.pull_back(slope, 0, gradient);
        return value;
    };
    Minimum end = minimizer.run(objective, map.free_numbers(std::span(&start, 1)));
    return {map.coordinates(end.x, 0), end.value, end.converged, end.evaluations};
}

/// The starts that obey the constraints, each once.
std::vector<LawCoordinates> admissible_starts(const LawMap& map, const std::vector<LawCoordinates>& starts, const LawConstraints& constraints) {
    std::vector<LawCoordinates> out;
    std::set<std::vector<long>> seen;
    for (const LawCoordinates& start : starts) {
        std::vector<long> key;
        for (double x : map.free_numbers(std::span(&start, 1))) {
            key.push_back(std::lround(1e6 * x));
        }
        if ((!constraints.tied || start[3] == start[4]) && seen.insert(key).second) {
            out.push_back(start);
        }
    }
    return out;
}

std::vector<std::string> find_flags(const LawPoints& points, const LawFit& fit, const LawCoordinates& at, const LawMap& map, const PowerLaw& held) {
    std::vector<std::string> flags;
    auto flag = [&](bool is_true, const char* words) {
        if (is_true) {
            flags.emplace_back(words);
        }
    };
    if (points.size() < 5 * map.free()) {
        flags.push_back("few points (" + std::to_string(points.size()) + " for " + std::to_string(map.free()) + " numbers)");
    }
    double together = correlation(points.log_n(), points.log_d());
    flag(std::abs(together) > 0.97, together > 0 ? "N and D grow together (correlation above 0.97): their terms can't be told apart"
                                                 : "N and D oppose each other (correlation below -0.97), as at one compute budget: their terms can't be told apart");
    flag(count_distinct(points.log_n()) < 4, "fewer than 4 different N");
    flag(count_distinct(points.log_d()) < 4, "fewer than 4 different D");
    flag(span_of(points.log_n()) < std::log(4.0), "narrow grid in N (less than a factor 4)");
    flag(span_of(points.log_d()) < std::log(4.0), "narrow grid in D (less than a factor 4)");
    double smallest = *std::min_element(points.loss().begin(), points.loss().end());
    flag(std::isnan(held.E) && fit.law.E < 0.02 * smallest, "E tends to 0: not identified");
    flag(std::isnan(held.alpha) && !(fit.law.alpha >= 0.02 && fit.law.alpha <= 3), "alpha at the edge of what is plausible (0.02 .. 3)");
    flag(std::isnan(held.beta) && !(fit.law.beta >= 0.02 && fit.law.beta <= 3), "beta at the edge of what is plausible (0.02 .. 3)");
    flag(20 * fit.starts_agreeing < fit.starts, "fewer than 5 % of the starts agree");

    auto free = static_cast<Eigen::Index>(map.free());
    auto entries = normal_matrix(points, at);
    std::vector<double> map_entries = map.matrix(0);
    Eigen::Map<const Eigen::Matrix<double, 5, 5>> all(entries.data());
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> m(map_entries.data(), 5, free);
    Eigen::MatrixXd normal = m.transpose() * all * m;
    Eigen::VectorXd scale = normal.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(scale.asDiagonal() * normal * scale.asDiagonal());
    flag(!(solver.eigenvalues()[0] > 1e-6 * solver.eigenvalues()[free - 1]), "curvature singular: parameters not identified one by one");
    return flags;
}

}  // namespace

std::vector<LawCoordinates> grid_of_starts(const LawPoints& points) {
    std::vector<LawCoordinates> starts;
    for (double alpha = 0; alpha <= 2; alpha += 0.5) {
        for (double beta = 0; beta <= 2; beta += 0.5) {
            for (double e = -1; e <= 1; e += 0.5) {
                for (double a = 0; a <= 25; a += 5) {
                    for (double b = 0; b <= 25; b += 5) {
                        starts.push_back({a - alpha * points.centre_log_n(), b - beta * points.centre_log_d(), e, alpha, beta});
                    }
                }
            }
        }
    }
    return starts;
}

LawDescent descend(const LawPoints& points, const LawCoordinates& start, double delta, std::span<const double> inverse_hessian) {
    thread_local Minimizer minimizer;
    Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
        return law_objective(points, delta, x.data(), gradient.data());
    };
    Minimum end = minimizer.run(objective, start, inverse_hessian);
    LawDescent out{{}, end.value, end.converged, end.evaluations};
    std::copy(end.x.begin(), end.x.end(), out.coordinates.begin());
    return out;
}

std::array<double, 25> normal_matrix(const LawPoints& points, const LawCoordinates& at) {
    std::array<double, 25> out{};
    double floor = std::exp(at[2]);
    for (std::size_t i = 0; i < points.size(); ++i) {
        double x = points.log_n()[i], y = points.log_d()[i];
        double from_n = std::exp(at[0] - at[3] * x), from_d = std::exp(at[1] - at[4] * y);
        double sum = points.scale() == ResidualScale::log_loss ? floor + from_n + from_d : 1;
        std::array<double, 5> row{from_n / sum, from_d / sum, floor / sum, -x * from_n / sum, -y * from_d / sum};
        for (std::size_t j = 0; j < 5; ++j) {
            for (std::size_t k = 0; k < 5; ++k) {
                out[5 * j + k] += points.weight()[i] * row[j] * row[k];
            }
        }
    }
    return out;
}

LawFit fit_law(const LawPoints& points, const FitOptions& options) {
    LawFit fit;
    fit.rows = points.size();
    std::size_t sizes = count_distinct(points.log_n()), budgets = count_distinct(points.log_d());
    if (points.size() < 6 || sizes < 3 || budgets < 3) {
        fit.reason = std::to_string(points.size()) + " points at " + std::to_string(sizes) + " different N and " + std::to_string(budgets) +
                     " different D (a law needs 6 points, 3 N and 3 D)";
        fit.flags.push_back("not identified: " + fit.reason);
        return fit;
    }
    std::vector<LawCoordinates> starts = grid_of_starts(points);
    std::size_t stride = static_cast<std::size_t>(std::max(options.start_stride, 1)), kept = 0;
    for (std::size_t i = 0; i < starts.size(); i += stride) {
        starts[kept++] = starts[i];
    }
    starts.resize(kept);
    const LawConstraints& constraints = options.constraints;
    LawMap map(std::span(&points, 1), constraints, parse_sharing("none"));
    fit.free_numbers = static_cast<int>(map.free());
    if (constraints.any()) {
        starts = admissible_starts(map, starts, constraints);
    }
    auto go_down = [&](const LawCoordinates& from) {
        return constraints.any() ? descend_held(map, points, from, options.delta) : descend(points, from, options.delta);
    };
    if (!options.only_starts.empty()) {
        starts.clear();
        for (const PowerLaw& law : options.only_starts) {
            starts.push_back(points.coordinates(law));
        }
    }
    std::vector<LawDescent> ends(starts.size());
    for_chunks(starts.size(), options.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            ends[i] = go_down(starts[i]);
        }
    });
    auto best = std::min_element(ends.begin(), ends.end(), [](const LawDescent& a, const LawDescent& b) {
        return std::isfinite(a.objective) && !(a.objective >= b.objective);
    });
    LawDescent polished = go_down(best->coordinates);
    if (polished.objective > best->objective) {
        polished = *best;
    }
    fit.usable = std::isfinite(polished.objective);
    fit.law = points.law(polished.coordinates);
    fit.objective = polished.objective;
    fit.starts = static_cast<int>(starts.size());
    fit.starts_agreeing = static_cast<int>(std::count_if(ends.begin(), ends.end(), [&](const LawDescent& end) {
        return end.objective <= polished.objective * (1 + 1e-6) + 1e-18;
    }));

    if (!options.check) {
        return fit;
    }
    std::vector<double> residuals = law_residuals(points, fit.law);
    double squares = 0;
    for (double& r : residuals) {
        squares += r * r;
        r = std::abs(r);
    }
    double n = static_cast<double>(points.size());
    fit.root_mean_square = std::sqrt(squares / n);
    fit.robust_sd = 1.4826 * median(residuals) * std::sqrt(n / std::max(n - fit.free_numbers, 1.0));
    fit.flags = find_flags(points, fit, polished.coordinates, map, constraints.held);
    if (options.only_starts.empty() && std::isnan(constraints.held.A) && std::isnan(constraints.held.B)) {
        ProjectionFit second = fit_by_projection(points, options.delta, constraints);
        fit.projection_objective = second.objective;
        if (second.objective < fit.objective * (1 - 1e-6)) {
            fit.flags.push_back("variable projection finds a lower objective: the descents missed the best law");
        } else if (second.objective > fit.objective * 1.01 && fit.law.alpha > 0 && fit.law.beta > 0) {
            fit.flags.push_back("variable projection ends elsewhere (objective " + std::to_string(std::lround(100 * (second.objective / fit.objective - 1))) + " % higher)");
        }
    }
    auto outliers = std::count_if(residuals.begin(), residuals.end(), [&](double r) { return r > std::max(8 * fit.robust_sd, 1e-3); });
    if (outliers > 0) {
        fit.flags.push_back(counted(static_cast<std::size_t>(outliers), "point") + " more than 8 robust standard deviations off the law");
    }
    return fit;
}

}  // namespace overtake
