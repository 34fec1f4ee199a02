// Student's t law.
#include "analysis/student.hpp"

#include <cmath>

namespace overtake {

namespace {

/// Regularised incomplete beta I_x(a, b) by its continued fraction (Lentz), for x below (a + 1) / (a + b + 2).
double lower_beta(double x, double a, double b) {
    double scale = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x)) / a;
    constexpr double tiny = 1e-300;
    double c = 1, d = 1 / std::fmax(1 - (a + b) * x / (a + 1), tiny), h = d;
    for (int m = 1; m < 1000; ++m) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / (1 + even * d);
        c = 1 + even / c;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        h *= d * c;
        if (std::abs(d * c - 1) < 1e-15) {
            break;
        }
    }
    return scale * h;
}

}  // namespace

double incomplete_beta(double x, double a, double b) {
    if (!(x > 0) || !(x < 1)) {
        return x > 0 ? 1 : 0;
    }
    return x < (a + 1) / (a + b + 2) ? lower_beta(x, a, b) : 1 - lower_beta(1 - x, b, a);
}

double student_cdf(double t, double degrees) {
    double a = 0.5 * degrees, x = degrees / (degrees + t * t);
    if (t == 0) {
        return 0.5;
    }
    double both_tails = x < (a + 1) / (a + 2.5) ? lower_beta(x, a, 0.5) : 1 - lower_beta(1 - x, 0.5, a);
    return t > 0 ? 1 - 0.5 * both_tails : 0.5 * both_tails;
}

double student_quantile(double p, double degrees) {
    double low = -1, high = 1;
    while (student_cdf(low, degrees) > p && low > -1e12) {
        low *= 2;
    }
    while (student_cdf(high, degrees) < p && high < 1e12) {
        high *= 2;
    }
    for (int k = 0; k < 200 && high - low > 1e-13 * std::fmax(1, std::abs(low)); ++k) {
        double middle = 0.5 * (low + high);
        (student_cdf(middle, degrees) < p ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

}  // namespace overtake
