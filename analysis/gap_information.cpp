// What more trials would do to the standard error of a gap.
#include "analysis/gap_information.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <Eigen/Dense>

namespace overtake {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Matrix> square(const std::vector<double>& entries, std::size_t size) {
    return {entries.data(), static_cast<Eigen::Index>(size), static_cast<Eigen::Index>(size)};
}

Eigen::Map<const Eigen::VectorXd> vector_of(const std::vector<double>& entries) {
    return {entries.data(), static_cast<Eigen::Index>(entries.size())};
}

void add_product(Matrix& to, const std::vector<double>& a, const std::vector<double>& b, double times) {
    to += times * vector_of(a) * vector_of(b).transpose();
}

void add_trial(Matrix& curvature, Matrix& scores, const TrialInformation& trial, double times) {
    const std::size_t points = trial.slopes.size();
    for (std::size_t i = 0; i < points; ++i) {
        add_product(curvature, trial.slopes[i], trial.slopes[i], times * trial.curvature[i]);
        for (std::size_t j = 0; j < points; ++j) {
            add_product(scores, trial.slopes[i], trial.slopes[j], times * trial.scores[i * points + j]);
        }
    }
}

/// P(|r| < delta) and E[psi^2] of a normal r with standard deviation s.
struct Clipped {
    double inside = 0, square = 0;
};

Clipped clipped_normal(double s, double delta) {
    if (!std::isfinite(delta)) {
        return {1, s * s};
    }
    double z = delta / s, inside = std::erf(z / std::numbers::sqrt2);
    double moment = s * s * (inside - z * std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2));
    return {inside, moment + delta * delta * (1 - inside)};
}

/// Schemes whose laws hang together with the pair's: all that share numbers where E is shared and both shared it, else the two alone.
struct Members {
    std::vector<std::size_t> schemes;
    bool share = false;
};

Members members_of(const Study& study, std::size_t baseline, std::size_t challenger) {
    auto shares = [&](std::size_t k) {
        const SchemeLaw& s = study.schemes[k];
        return s.fit.usable && std::find(study.floor_left_out.begin(), study.floor_left_out.end(), s.scheme) == study.floor_left_out.end();
    };
    if (study.floor_shared && shares(baseline) && shares(challenger)) {
        Members all{{}, true};
        for (std::size_t k = 0; k < study.schemes.size(); ++k) {
            if (shares(k)) {
                all.schemes.push_back(k);
            }
        }
        return all;
    }
    return {{baseline, challenger}, false};
}

}  // namespace

GapInformation::GapInformation(const Study& study, std::size_t baseline, std::size_t challenger, double ratio) : ratio_(ratio) {
    const auto [members, share] = members_of(study, baseline, challenger);
    delta_ = study.options.fit.delta;
    correlation_ = study.paired ? std::clamp(study.correlation.value, 0.0, 0.999) : 0;
    double count = 0;
    std::vector<std::vector<double>> residuals;
    for (std::size_t k = 0; k < members.size(); ++k) {
        const SchemeLaw& s = study.schemes[members[k]];
        pair_[0] = members[k] == baseline ? k : pair_[0];
        pair_[1] = members[k] == challenger ? k : pair_[1];
        points_.push_back(s.points);
        laws_.push_back(s.law);
        residuals.push_back(objective_residuals(s.points, s.law));
        count += static_cast<double>(s.points.size());
    }
    cost_ = {study.schemes[baseline].cost, study.schemes[challenger].cost};
    LawMap map(points_, study.options.fit.constraints, share ? study.options.sharing : Sharing{.E = false, .A = false, .B = false, .alpha = false, .beta = false});
    size_ = map.free();
    std::vector<ScaledResiduals> scaled;
    for (std::size_t k = 0; k < members.size(); ++k) {
        to_law_.push_back(map.matrix(k));
        scaled.push_back({points_[k].log_n(), points_[k].log_d(), residuals[k]});
    }
    noise_ = fit_noise_scale(scaled, std::sqrt(count / std::max(count - static_cast<double>(size_), 1.0)));
    curvature_.assign(size_ * size_, 0);
    scores_.assign(size_ * size_, 0);
    std::map<std::pair<std::string, std::int64_t>, std::vector<Point>> units;
    for (std::size_t k = 0; k < members.size(); ++k) {
        const std::vector<Observation>& observations = study.schemes[members[k]].observations;
        for (std::size_t i = 0; i < observations.size(); ++i) {
            units[{observations[i].cell, observations[i].seed}].push_back({k, points_[k].weight()[i], points_[k].log_n()[i], points_[k].log_d()[i]});
        }
    }
    for (const auto& [name, unit] : units) {
        units_.push_back(of_unit(unit));
        add(units_.back());
    }
}

std::vector<double> GapInformation::slope_of(const Point& point) const {
    const LawPoints& points = points_[point.member];
    const PowerLaw& law = laws_[point.member];
    double x = point.log_n, y = point.log_d;
    LawCoordinates slope = loss_gradient(law, {points.centre_log_n(), points.centre_log_d()}, std::exp(x + points.centre_log_n()), std::exp(y + points.centre_log_d()));
    double loss = points.scale() == ResidualScale::log_loss ? slope[0] + slope[1] + slope[2] : 1;
    std::vector<double> out(size_, 0);
    for (std::size_t j = 0; j < size_; ++j) {
        for (std::size_t i = 0; i < 5; ++i) {
            out[j] += to_law_[point.member][i * size_ + j] * slope[i] / loss;
        }
    }
    return out;
}

TrialInformation GapInformation::of_unit(std::span<const Point> points) const {
    TrialInformation out;
    std::vector<Clipped> clipped;
    for (const Point& p : points) {
        out.slopes.push_back(slope_of(p));
        clipped.push_back(clipped_normal(noise_.at(p.member, p.log_n, p.log_d), delta_));
        out.curvature.push_back(p.weight * clipped.back().inside);
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = 0; j < points.size(); ++j) {
            double inside = std::sqrt(clipped[i].inside * clipped[j].inside);
            double correlation = i == j ? 1 : inside * correlation_ + (1 - inside) * 2 / std::numbers::pi * std::asin(correlation_);
            out.scores.push_back(points[i].weight * points[j].weight * correlation * std::sqrt(clipped[i].square * clipped[j].square));
        }
    }
    return out;
}

GapInformation::Point GapInformation::point_of(std::size_t member, double parameters, double tokens) const {
    const LawPoints& points = points_[member];
    Point out{member, 1, std::log(parameters) - points.centre_log_n(), std::log(tokens) - points.centre_log_d()};
    double nearest = INFINITY;
    for (std::size_t i = 0; i < points.size(); ++i) {
        double distance = std::hypot(points.log_n()[i] - out.log_n, points.log_d()[i] - out.log_d);
        if (distance < nearest) {
            nearest = distance;
            out.weight = points.weight()[i];
        }
    }
    return out;
}

TrialInformation GapInformation::of(const PairTrial& trial) const {
    std::vector<Point> unit;
    for (std::size_t who = 0; who < 2; ++who) {
        if (who == 0 ? trial.baseline : trial.challenger) {
            unit.push_back(point_of(pair_[who], trial.parameters, trial.tokens));
        }
    }
    return of_unit(unit);
}

void GapInformation::add(const TrialInformation& trial, double times) {
    Matrix curvature = square(curvature_, size_), scores = square(scores_, size_);
    add_trial(curvature, scores, trial, times);
    curvature_.assign(curvature.data(), curvature.data() + curvature.size());
    scores_.assign(scores.data(), scores.data() + scores.size());
}

std::array<PowerLaw, 2> GapInformation::draw(RandomStream& random) const {
    Matrix curvature = square(curvature_, size_);
    curvature.diagonal() *= 1 + 1e-10;
    Eigen::SelfAdjointEigenSolver<Matrix> scores(square(scores_, size_));  // semidefinite where a unit's residuals move as one
    Eigen::VectorXd normal(static_cast<Eigen::Index>(size_));
    for (Eigen::Index i = 0; i < normal.size(); ++i) {
        normal[i] = std::sqrt(std::max(scores.eigenvalues()[i], 0.0)) * random.normal();
    }
    const Eigen::VectorXd step = curvature.ldlt().solve(scores.eigenvectors() * normal);
    std::array<PowerLaw, 2> out;
    for (std::size_t who = 0; who < 2; ++who) {
        const std::size_t member = pair_[who];
        LawCoordinates by{};
        for (std::size_t i = 0; i < 5; ++i) {
            for (std::size_t j = 0; j < size_; ++j) {
                by[i] += to_law_[member][i * size_ + j] * step[static_cast<Eigen::Index>(j)];
            }
        }
        out[who] = moved(laws_[member], {points_[member].centre_log_n(), points_[member].centre_log_d()}, by);
    }
    return out;
}

PathLaw GapInformation::path(std::size_t who, const PowerLaw& law) const {
    return ratio_ > 0 ? ray_path(law, cost_[who], ratio_) : frontier_path(law, cost_[who]);
}

std::vector<double> GapInformation::gradient(double log10_flops, const std::array<PowerLaw, 2>& laws) const {
    std::vector<double> out(size_, 0);
    for (std::size_t who = 0; who < 2; ++who) {
        const LawPoints& points = points_[pair_[who]];
        const PowerLaw& law = laws[who];
        double flops = std::pow(10.0, log10_flops);
        FrontierPoint at = ratio_ > 0 ? fixed_ratio(law, cost_[who], flops, ratio_) : frontier(law, cost_[who], flops);
        LawCoordinates slope = loss_gradient(law, {points.centre_log_n(), points.centre_log_d()}, at.parameters, at.tokens);
        for (std::size_t j = 0; j < size_; ++j) {
            for (std::size_t i = 0; i < 5; ++i) {
                out[j] += (who == 0 ? -1 : 1) * to_law_[pair_[who]][i * size_ + j] * slope[i];
            }
        }
    }
    return out;
}

double GapInformation::variance(std::span<const std::vector<double>> gradients, const TrialInformation* more, const TrialInformation* fewer) const {
    Matrix curvature = square(curvature_, size_), scores = square(scores_, size_);
    for (const auto& [change, times] : {std::pair(more, 1.0), std::pair(fewer, -1.0)}) {
        if (change != nullptr) {
            add_trial(curvature, scores, *change, times);
        }
    }
    curvature.diagonal() *= 1 + 1e-10;
    Eigen::LDLT<Matrix> solver(curvature);
    double sum = 0;
    for (const std::vector<double>& g : gradients) {
        Eigen::VectorXd z = solver.solve(vector_of(g));
        sum += z.dot(scores * z);
    }
    return sum;
}

}  // namespace overtake
