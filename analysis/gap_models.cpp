// Models of the difference between two schemes, fitted to paired differences.
#include "analysis/gap_models.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <Eigen/Dense>

namespace overtake {

namespace {

bool spread_enough(std::span<const PairedGap> gaps) {
    std::set<long> sizes, budgets;
    for (const PairedGap& g : gaps) {
        sizes.insert(std::lround(std::log(g.parameters) * 100));
        budgets.insert(std::lround(std::log(g.tokens) * 100));
    }
    return gaps.size() >= 6 && sizes.size() >= 3 && budgets.size() >= 3;
}

struct Centre {
    double log_n = 0, log_d = 0;
};

Centre centre_of(std::span<const PairedGap> gaps) {
    Centre c;
    for (const PairedGap& g : gaps) {
        c.log_n += std::log(g.parameters) / static_cast<double>(gaps.size());
        c.log_d += std::log(g.tokens) / static_cast<double>(gaps.size());
    }
    return c;
}

struct LinearFit {
    Eigen::Vector3d coefficients;
    double squares;
};

template <typename Row>
LinearFit least_squares(std::span<const PairedGap> gaps, Row row_of) {
    Eigen::MatrixXd rows(static_cast<Eigen::Index>(gaps.size()), 3);
    Eigen::VectorXd right(rows.rows());
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
        rows.row(i) = row_of(gaps[static_cast<std::size_t>(i)]).transpose();
        right[i] = gaps[static_cast<std::size_t>(i)].gap;
    }
    Eigen::Vector3d x = rows.colPivHouseholderQr().solve(right);
    return {x, (rows * x - right).squaredNorm()};
}

}  // namespace

std::vector<PairedGap> paired_gaps(std::span<const Observation> baseline, std::span<const Observation> challenger) {
    std::map<std::pair<std::string, std::int64_t>, const Observation*> partner;
    for (const Observation& o : baseline) {
        partner[{o.cell, o.seed}] = &o;
    }
    std::vector<PairedGap> gaps;
    for (const Observation& o : challenger) {
        auto found = partner.find({o.cell, o.seed});
        if (found != partner.end()) {
            gaps.push_back({found->second->parameters, found->second->tokens, o.loss - found->second->loss});
        }
    }
    return gaps;
}

double PowerLawGap::at(double parameters, double tokens) const {
    return c + a * std::pow(parameters, -alpha) + b * std::pow(tokens, -beta);
}

double LogLineGap::at(double parameters, double tokens) const { return c + n * std::log(parameters) + d * std::log(tokens); }

std::optional<PowerLawGap> fit_power_law_gap(std::span<const PairedGap> gaps) {
    if (!spread_enough(gaps)) {
        return std::nullopt;
    }
    Centre centre = centre_of(gaps);
    double best = std::numeric_limits<double>::infinity();
    PowerLawGap law;
    auto search = [&](double alpha_low, double alpha_step, double beta_low, double beta_step) {
        for (int i = 0; i < 12; ++i) {
            for (int j = 0; j < 12; ++j) {
                double alpha = alpha_low * std::pow(alpha_step, i), beta = beta_low * std::pow(beta_step, j);
                LinearFit fit = least_squares(gaps, [&](const PairedGap& g) {
                    return Eigen::Vector3d(1, std::exp(-alpha * (std::log(g.parameters) - centre.log_n)),
                                           std::exp(-beta * (std::log(g.tokens) - centre.log_d)));
                });
                if (alpha <= 1.5001 && beta <= 1.5001 && alpha >= 0.0199 && beta >= 0.0199 && fit.squares < best) {
                    best = fit.squares;
                    law = {fit.coefficients[0], fit.coefficients[1] * std::exp(alpha * centre.log_n),
                           fit.coefficients[2] * std::exp(beta * centre.log_d), alpha, beta};
                }
            }
        }
    };
    double step = std::pow(1.5 / 0.02, 1.0 / 11);
    search(0.02, step, 0.02, step);
    double fine = std::pow(step, 2.0 / 11);
    search(law.alpha / step, fine, law.beta / step, fine);
    return law;
}

std::optional<LogLineGap> fit_log_line_gap(std::span<const PairedGap> gaps) {
    if (!spread_enough(gaps)) {
        return std::nullopt;
    }
    Centre centre = centre_of(gaps);
    LinearFit fit = least_squares(gaps, [&](const PairedGap& g) {
        return Eigen::Vector3d(1, std::log(g.parameters) - centre.log_n, std::log(g.tokens) - centre.log_d);
    });
    const auto& x = fit.coefficients;
    return LogLineGap{x[0] - x[1] * centre.log_n - x[2] * centre.log_d, x[1], x[2]};
}

}  // namespace overtake
