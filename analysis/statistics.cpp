// The few numbers of statistics that fits and intervals need.
#include "analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace overtake {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/// Upper regularised incomplete gamma Q(s, x): its series below s + 1, its continued fraction (Lentz) above.
double upper_gamma(double s, double x) {
    double scale = std::exp(s * std::log(x) - x - std::lgamma(s));
    if (x < s + 1) {
        double term = 1 / s, sum = term;
        for (int k = 1; k < 500 && term > sum * 1e-16; ++k) {
            term *= x / (s + k);
            sum += term;
        }
        return 1 - scale * sum;
    }
    double b = x + 1 - s, c = 1e300, d = 1 / b, h = d;
    for (int k = 1; k < 500; ++k) {
        double an = -k * (k - s);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        double step = c * d;
        h *= step;
        if (std::abs(step - 1) < 1e-16) {
            break;
        }
    }
    return scale * h;
}

}  // namespace

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double normal_quantile(double p) {
    if (!(p > 0)) {
        return -infinity;
    }
    if (!(p < 1)) {
        return infinity;
    }
    // Bisection on a monotone function is short, and exact to the last bits; nobody calls this in a hot loop.
    double low = -40, high = 40;
    for (int k = 0; k < 200 && high - low > 1e-15 * std::max(1.0, std::abs(low)); ++k) {
        double middle = 0.5 * (low + high);
        (normal_cdf(middle) < p ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

double student_quantile(double p, int degrees) {
    if (!(p > 0 && p < 1)) {
        return p > 0 ? infinity : -infinity;
    }
    // P(|T| < t) for t = sqrt(degrees) tan(angle).
    const auto central = [&](double angle) {
        const double cosine = std::cos(angle);
        const bool odd = degrees % 2 == 1;
        double term = odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k < degrees; k += 2) {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }
        return odd ? 2 / std::numbers::pi * (angle + std::sin(angle) * sum) : std::sin(angle) * sum;
    };
    double low = 0, high = std::numbers::pi / 2;
    for (int k = 0; k < 100; ++k) {
        const double middle = 0.5 * (low + high);
        (central(middle) < std::abs(2 * p - 1) ? low : high) = middle;
    }
    const double t = std::sqrt(static_cast<double>(degrees)) * std::tan(0.5 * (low + high));
    return p < 0.5 ? -t : t;
}

double chi_squared_tail(double x, double degrees) {
    return x <= 0 ? 1 : std::clamp(upper_gamma(0.5 * degrees, 0.5 * x), 0.0, 1.0);
}

double quantile(std::span<const double> sorted, double p) {
    if (sorted.empty()) {
        return not_a_number;
    }
    double place = std::clamp(p, 0.0, 1.0) * (static_cast<double>(sorted.size()) - 1);
    auto below = static_cast<std::size_t>(place);
    double share = place - static_cast<double>(below);
    if (share == 0 || sorted[below] == sorted[below + 1]) {
        return sorted[below];
    }
    if (std::isinf(sorted[below]) || std::isinf(sorted[below + 1])) {
        return share < 0.5 ? sorted[below] : sorted[below + 1];
    }
    return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

Interval percentile_interval(std::vector<double> draws, double confidence) {
    std::erase_if(draws, [](double x) { return std::isnan(x); });
    std::sort(draws.begin(), draws.end());
    double tail = 0.5 * (1 - confidence);
    return {quantile(draws, tail), quantile(draws, 1 - tail)};
}

Interval bca_interval(std::vector<double> draws, double estimate, std::span<const double> jackknife, double confidence) {
    std::erase_if(draws, [](double x) { return std::isnan(x); });
    if (draws.empty()) {
        return {not_a_number, not_a_number};
    }
    std::sort(draws.begin(), draws.end());
    auto [first, last] = std::equal_range(draws.begin(), draws.end(), estimate);
    double below = static_cast<double>(first - draws.begin()) + 0.5 * static_cast<double>(last - first);
    double count = static_cast<double>(draws.size());
    double bias = normal_quantile(std::clamp(below / count, 0.5 / count, 1 - 0.5 / count));

    double mean = 0, used = 0;
    for (double x : jackknife) {
        if (std::isfinite(x)) {
            mean += x;
            ++used;
        }
    }
    mean /= std::max(used, 1.0);
    double squares = 0, cubes = 0;
    for (double x : jackknife) {
        if (std::isfinite(x)) {
            squares += (mean - x) * (mean - x);
            cubes += (mean - x) * (mean - x) * (mean - x);
        }
    }
    double acceleration = squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;

    auto end = [&](double tail) {
        double z = bias + normal_quantile(tail);
        return quantile(draws, normal_cdf(bias + z / std::max(1 - acceleration * z, 1e-3)));
    };
    double tail = 0.5 * (1 - confidence);
    return {end(tail), end(1 - tail)};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return quantile(values, 0.5);
}

RandomStream::RandomStream(std::uint64_t seed, std::uint64_t stream)
    : state_(mix(seed + 0x9e3779b97f4a7c15ULL) ^ mix(stream * 0xd1342543de82ef95ULL + 0x632be59bd9b4e019ULL)) {}

std::uint64_t RandomStream::next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    return mix(state_);
}

std::size_t RandomStream::below(std::size_t bound) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(bound));
}

double RandomStream::uniform() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1p-52; }

double RandomStream::normal() {
    double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * 3.14159265358979323846 * uniform());
}

}  // namespace overtake
