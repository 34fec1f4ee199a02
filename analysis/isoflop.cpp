// IsoFLOP profiles.
#include "analysis/isoflop.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <Eigen/Dense>

namespace overtake {

namespace {

struct Sample {
    double log_n = 0, log_loss = 0;
};

double parabola_optimum(const std::vector<Sample>& samples) {
    double mean = 0, low = INFINITY, high = -INFINITY;
    for (const Sample& s : samples) {
        mean += s.log_n / static_cast<double>(samples.size());
        low = std::min(low, s.log_n);
        high = std::max(high, s.log_n);
    }
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    for (const Sample& s : samples) {
        double x = s.log_n - mean;
        Eigen::Vector3d row(1, x, x * x);
        normal += row * row.transpose();
        right += row * s.log_loss;
    }
    Eigen::Vector3d c = normal.ldlt().solve(right);
    double at = mean - 0.5 * c[1] / c[2];
    return c[2] > 0 && at > low && at < high ? at : NAN;
}

/// Akima's slopes at the knots; linear extrapolation of the differences at the ends.
std::vector<double> akima_slopes(const std::vector<Sample>& knots) {
    std::size_t n = knots.size();
    std::vector<double> m(n + 3);   // m[i + 2] between knots i and i + 1
    for (std::size_t i = 0; i + 1 < n; ++i) {
        m[i + 2] = (knots[i + 1].log_loss - knots[i].log_loss) / (knots[i + 1].log_n - knots[i].log_n);
    }
    m[1] = 2 * m[2] - m[3];
    m[0] = 2 * m[1] - m[2];
    m[n + 1] = 2 * m[n] - m[n - 1];
    m[n + 2] = 2 * m[n + 1] - m[n];
    std::vector<double> slopes(n);
    for (std::size_t i = 0; i < n; ++i) {
        double left = std::abs(m[i + 1] - m[i]), right = std::abs(m[i + 3] - m[i + 2]);
        slopes[i] = left + right > 1e-300 ? (right * m[i + 1] + left * m[i + 2]) / (left + right) : 0.5 * (m[i + 1] + m[i + 2]);
    }
    return slopes;
}

double spline_optimum(const std::vector<Sample>& samples) {
    std::map<double, std::pair<double, int>> means;
    for (const Sample& s : samples) {
        means[s.log_n].first += s.log_loss;
        ++means[s.log_n].second;
    }
    std::vector<Sample> knots;
    for (const auto& [log_n, sum] : means) {
        knots.push_back({log_n, sum.first / sum.second});
    }
    if (knots.size() < 4) {
        return NAN;
    }
    std::vector<double> slopes = akima_slopes(knots);
    double best = INFINITY, at = NAN;
    for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
        double width = knots[i + 1].log_n - knots[i].log_n;
        for (int step = 0; step <= 200; ++step) {
            double t = step / 200.0, u = 1 - t;
            double value = u * u * (1 + 2 * t) * knots[i].log_loss + t * t * (3 - 2 * t) * knots[i + 1].log_loss +
                           width * t * u * (u * slopes[i] - t * slopes[i + 1]);
            if (value < best) {
                best = value;
                at = knots[i].log_n + t * width;
            }
        }
    }
    return at > knots.front().log_n && at < knots.back().log_n ? at : NAN;
}

/// Slope of y over x; NaN below 3 finite pairs.
double slope_of(const std::vector<double>& x, const std::vector<double>& y) {
    double n = 0, mx = 0, my = 0, xy = 0, xx = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        n += std::isfinite(y[i]) ? 1 : 0;
        mx += std::isfinite(y[i]) ? x[i] : 0;
        my += std::isfinite(y[i]) ? y[i] : 0;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += std::isfinite(y[i]) ? (x[i] - mx / n) * (y[i] - my / n) : 0;
        xx += std::isfinite(y[i]) ? (x[i] - mx / n) * (x[i] - mx / n) : 0;
    }
    return n >= 3 && xx > 0 ? xy / xx : NAN;
}

}  // namespace

std::optional<IsoflopFit> fit_isoflops(std::span<const Observation> observations, std::uint64_t seed, double confidence) {
    std::vector<const Observation*> sorted;
    for (const Observation& o : observations) {
        sorted.push_back(&o);
    }
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->flops < b->flops; });
    std::vector<std::vector<Sample>> groups;
    std::vector<double> log_flops;
    IsoflopFit fit;
    for (std::size_t begin = 0; begin < sorted.size();) {
        std::size_t end = begin + 1;
        while (end < sorted.size() && sorted[end]->flops < 1.1 * sorted[end - 1]->flops) {
            ++end;
        }
        std::vector<Sample> samples;
        std::map<long, int> sizes;
        double mean = 0;
        for (std::size_t i = begin; i < end; ++i) {
            samples.push_back({std::log(sorted[i]->parameters), std::log(sorted[i]->loss)});
            ++sizes[std::lround(100 * samples.back().log_n)];
            mean += std::log(sorted[i]->flops) / static_cast<double>(end - begin);
        }
        bool one_budget = sorted[end - 1]->flops < 1.5 * sorted[begin]->flops;
        if (sizes.size() >= 4 && one_budget) {
            fit.budgets.push_back({std::exp(mean), sizes.size(), samples.size(), std::exp(parabola_optimum(samples)), std::exp(spline_optimum(samples))});
            groups.push_back(samples);
            log_flops.push_back(mean);
        }
        begin = end;
    }
    if (groups.size() < 3) {
        return std::nullopt;
    }
    auto slopes_of = [&](const std::vector<std::vector<Sample>>& from) {
        std::vector<double> parabola, spline;
        for (const auto& samples : from) {
            parabola.push_back(parabola_optimum(samples));
            spline.push_back(spline_optimum(samples));
        }
        return std::pair(slope_of(log_flops, parabola), slope_of(log_flops, spline));
    };
    std::tie(fit.exponent_parabola, fit.exponent_spline) = slopes_of(groups);
    std::vector<double> parabola, spline;
    for (std::size_t draw = 0; draw < 200; ++draw) {
        RandomStream random(seed, draw);
        std::vector<std::vector<Sample>> drawn = groups;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            for (Sample& s : drawn[g]) {
                s = groups[g][random.below(groups[g].size())];
            }
        }
        auto [by_parabola, by_spline] = slopes_of(drawn);
        if (std::isfinite(by_parabola)) {
            parabola.push_back(by_parabola);
        }
        if (std::isfinite(by_spline)) {
            spline.push_back(by_spline);
        }
    }
    fit.interval_parabola = percentile_interval(parabola, confidence);
    fit.interval_spline = percentile_interval(spline, confidence);
    return fit;
}

}  // namespace overtake
