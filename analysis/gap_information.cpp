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

void add_product(std::vector<double>& to, const std::vector<double>& a, const std::vector<double>& b, double times) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            to[i * b.size() + j] += times * a[i] * b[j];
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
    total_ = {std::vector<double>(size_ * size_), std::vector<double>(size_ * size_)};
    std::map<std::pair<std::string, std::int64_t>, std::vector<Point>> units;
    for (std::size_t k = 0; k < members.size(); ++k) {
        const std::vector<Observation>& observations = study.schemes[members[k]].observations;
        for (std::size_t i = 0; i < observations.size(); ++i) {
            units[{observations[i].cell, observations[i].seed}].push_back({k, points_[k].weight()[i], points_[k].log_n()[i], points_[k].log_d()[i]});
        }
    }
    for (const auto& [name, unit] : units) {
        add_unit(unit, total_);
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

void GapInformation::add_unit(std::span<const Point> points, TrialInformation& out) const {
    std::vector<std::vector<double>> slopes;
    std::vector<Clipped> clipped;
    for (const Point& p : points) {
        slopes.push_back(slope_of(p));
        clipped.push_back(clipped_normal(noise_.at(p.member, p.log_n, p.log_d), delta_));
        add_product(out.curvature, slopes.back(), slopes.back(), p.weight * clipped.back().inside);
        add_product(out.scores, slopes.back(), slopes.back(), p.weight * p.weight * clipped.back().square);
    }
    if (!(correlation_ > 0)) {
        return;
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = 0; j < points.size(); ++j) {
            if (i != j) {
                double inside = std::sqrt(clipped[i].inside * clipped[j].inside);
                double correlation = inside * correlation_ + (1 - inside) * 2 / std::numbers::pi * std::asin(correlation_);
                add_product(out.scores, slopes[i], slopes[j], points[i].weight * points[j].weight * correlation * std::sqrt(clipped[i].square * clipped[j].square));
            }
        }
    }
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
    TrialInformation out{std::vector<double>(size_ * size_), std::vector<double>(size_ * size_)};
    std::vector<Point> unit;
    for (std::size_t who = 0; who < 2; ++who) {
        if (who == 0 ? trial.baseline : trial.challenger) {
            unit.push_back(point_of(pair_[who], trial.parameters, trial.tokens));
        }
    }
    add_unit(unit, out);
    return out;
}

void GapInformation::add(const TrialInformation& trial, double times) {
    for (std::size_t i = 0; i < size_ * size_; ++i) {
        total_.curvature[i] += times * trial.curvature[i];
        total_.scores[i] += times * trial.scores[i];
    }
}

std::vector<double> GapInformation::gradient(double log10_flops) const {
    std::vector<double> out(size_, 0);
    for (std::size_t who = 0; who < 2; ++who) {
        const LawPoints& points = points_[pair_[who]];
        const PowerLaw& law = laws_[pair_[who]];
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
    Matrix curvature = square(total_.curvature, size_), scores = square(total_.scores, size_);
    for (const auto& [change, times] : {std::pair(more, 1.0), std::pair(fewer, -1.0)}) {
        if (change != nullptr) {
            curvature += times * square(change->curvature, size_);
            scores += times * square(change->scores, size_);
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
