// Models of the difference between two schemes, fitted to paired differences.
#include "analysis/gap_models.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>

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

/// The gaps that differ in N or D, equal ones pooled: what a search over exponents reads thousands of times.
struct GapCells {
    std::vector<double> log_n, log_d, gap, weight;   // centred logs; mean gap
    double centre_log_n = 0, centre_log_d = 0, total = 0;
};

GapCells pool(std::span<const PairedGap> gaps) {
    std::map<std::pair<double, double>, std::pair<double, double>> cells;
    GapCells out;
    for (const PairedGap& g : gaps) {
        auto& [weight, sum] = cells[{std::log(g.parameters), std::log(g.tokens)}];
        weight += g.weight;
        sum += g.weight * g.gap;
        out.centre_log_n += g.weight * std::log(g.parameters);
        out.centre_log_d += g.weight * std::log(g.tokens);
        out.total += g.weight;
    }
    out.centre_log_n /= out.total;
    out.centre_log_d /= out.total;
    for (const auto& [place, sums] : cells) {
        if (sums.first > 0) {
            out.log_n.push_back(place.first - out.centre_log_n);
            out.log_d.push_back(place.second - out.centre_log_d);
            out.weight.push_back(sums.first);
            out.gap.push_back(sums.second / sums.first);
        }
    }
    return out;
}

struct LinearFit {
    double c = 0, a = 0, b = 0, squares = 0;   // squares: without those within cells
};

/// gap = c + a x + b y by weighted least squares, columns centred first.
LinearFit least_squares(const GapCells& cells, std::span<const double> x, std::span<const double> y) {
    double mx = 0, my = 0, mg = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        double w = cells.weight[i] / cells.total;
        mx += w * x[i];
        my += w * y[i];
        mg += w * cells.gap[i];
    }
    double xx = 0, xy = 0, yy = 0, xg = 0, yg = 0, gg = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        double w = cells.weight[i], dx = x[i] - mx, dy = y[i] - my, dg = cells.gap[i] - mg;
        xx += w * dx * dx;
        xy += w * dx * dy;
        yy += w * dy * dy;
        xg += w * dx * dg;
        yg += w * dy * dg;
        gg += w * dg * dg;
    }
    double determinant = xx * yy - xy * xy;
    LinearFit fit;
    if (determinant > 1e-12 * xx * yy) {
        fit.a = (xg * yy - yg * xy) / determinant;
        fit.b = (yg * xx - xg * xy) / determinant;
    }
    fit.c = mg - fit.a * mx - fit.b * my;
    fit.squares = gg - fit.a * xg - fit.b * yg;
    return fit;
}

std::vector<double> powers(const std::vector<double>& logs, double exponent) {
    std::vector<double> out;
    for (double x : logs) {
        out.push_back(std::exp(-exponent * x));
    }
    return out;
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
            gaps.push_back({found->second->parameters, found->second->tokens, o.loss - found->second->loss, 1});
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
    GapCells cells = pool(gaps);
    double best = std::numeric_limits<double>::infinity();
    PowerLawGap law;
    auto search = [&](double alpha_low, double beta_low, double ratio) {
        std::vector<std::vector<double>> of_d;
        for (int j = 0; j < 12; ++j) {
            of_d.push_back(powers(cells.log_d, beta_low * std::pow(ratio, j)));
        }
        for (int i = 0; i < 12; ++i) {
            double alpha = alpha_low * std::pow(ratio, i);
            std::vector<double> of_n = powers(cells.log_n, alpha);
            for (std::size_t j = 0; j < of_d.size(); ++j) {
                double beta = beta_low * std::pow(ratio, static_cast<double>(j));
                LinearFit fit = least_squares(cells, of_n, of_d[j]);
                if (alpha <= 1.5001 && beta <= 1.5001 && alpha >= 0.0199 && beta >= 0.0199 && fit.squares < best) {
                    best = fit.squares;
                    law = {fit.c, fit.a * std::exp(alpha * cells.centre_log_n), fit.b * std::exp(beta * cells.centre_log_d), alpha, beta};
                }
            }
        }
    };
    double step = std::pow(1.5 / 0.02, 1.0 / 11);
    search(0.02, 0.02, step);
    double fine = std::pow(step, 2.0 / 11);
    search(law.alpha / step, law.beta / step, fine);
    return law;
}

std::optional<LogLineGap> fit_log_line_gap(std::span<const PairedGap> gaps) {
    if (!spread_enough(gaps)) {
        return std::nullopt;
    }
    GapCells cells = pool(gaps);
    LinearFit fit = least_squares(cells, cells.log_n, cells.log_d);
    return LogLineGap{fit.c - fit.a * cells.centre_log_n - fit.b * cells.centre_log_d, fit.a, fit.b};
}

}  // namespace overtake
