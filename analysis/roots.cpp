// Where a gap changes sign as compute grows.
#include "analysis/roots.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace overtake {

namespace {

struct End {
    double x = 0, gap = 0;
};

/// Between two ends of different sign, to 1e-10: a secant cut short and drawn to the middle, so that it takes few steps where the gap is smooth and hardly more than
/// bisection where it is not (ITP; Oliveira and Takahashi 2020, ACM TOMS 47:5).
Root between(const GapFunction& gap, End low, End high) {
    const bool falls = low.gap > 0;
    constexpr double half = 0.5e-10;
    const double first_width = high.x - low.x;
    double allowed = std::ldexp(half, std::max(0, static_cast<int>(std::ceil(std::log2(first_width / (2 * half))))) + 1);
    while (high.x - low.x > 2 * half) {
        const double width = high.x - low.x, middle = 0.5 * (low.x + high.x), secant = (high.gap * low.x - low.gap * high.x) / (high.gap - low.gap);
        const double towards = secant < middle ? 1 : -1, cut = 0.2 * width * width / first_width, room = std::max(allowed - 0.5 * width, 0.0);
        double x = cut <= std::abs(middle - secant) ? secant + towards * cut : middle;
        x = std::abs(x - middle) <= room ? x : middle - towards * room;
        const double here = gap(x);
        ((here > 0) == falls ? low : high) = {x, here};
        allowed *= 0.5;
    }
    return {0.5 * (low.x + high.x), falls};
}

bool changes_sign(double left, double right) {
    return std::isfinite(left) && std::isfinite(right) && left != 0 && right != 0 && (left < 0) != (right < 0);
}

}  // namespace

std::vector<Root> find_roots(const GapFunction& gap, double low, double high) {
    std::vector<Root> roots;
    int steps = std::max(2, static_cast<int>(std::ceil((high - low) * 40)));
    double left = low, at_left = gap(low);
    for (int i = 1; i <= steps; ++i) {
        double right = low + (high - low) * i / steps, at_right = gap(right);
        if (at_right == 0 && std::isfinite(at_left) && at_left != 0) {
            continue;  // a zero on the grid itself: the sign change shows at the next point
        }
        if (changes_sign(at_left, at_right)) {
            roots.push_back(between(gap, {left, at_left}, {right, at_right}));
        }
        left = right;
        at_left = at_right;
    }
    return roots;
}

namespace {

/// Where |gap| is least between low and high, by golden sections.
double nearest_to_zero(const GapFunction& gap, double low, double high) {
    constexpr double golden = 0.6180339887498949;
    double a = high - golden * (high - low), b = low + golden * (high - low), at_a = std::abs(gap(a)), at_b = std::abs(gap(b));
    while (high - low > 1e-6) {
        if (at_a < at_b) {
            high = b;
            b = a;
            at_b = at_a;
            at_a = std::abs(gap(a = high - golden * (high - low)));
        } else {
            low = a;
            a = b;
            at_a = at_b;
            at_b = std::abs(gap(b = low + golden * (high - low)));
        }
    }
    return 0.5 * (low + high);
}

std::vector<Root> numeric_roots(const GapFunction& gap, double low, double high) {
    int steps = std::max(4, static_cast<int>(std::ceil((high - low) * 12)));
    std::vector<std::pair<double, double>> nodes;
    for (int i = 0; i <= steps; ++i) {
        double x = low + (high - low) * i / steps;
        nodes.emplace_back(x, gap(x));
    }
    for (int i = 1; i < steps; ++i) {
        auto [before, here, after] = std::array{nodes[static_cast<std::size_t>(i) - 1], nodes[static_cast<std::size_t>(i)], nodes[static_cast<std::size_t>(i) + 1]};
        bool turns = (before.second > 0) == (here.second > 0) && (here.second > 0) == (after.second > 0) && std::abs(here.second) <= std::abs(before.second) &&
                     std::abs(here.second) <= std::abs(after.second);
        // A parabola through the three that stays clear of 0 by half of the least is not searched.
        double bend = std::abs(before.second - 2 * here.second + after.second), tilt = 0.5 * std::abs(after.second - before.second);
        if (turns && bend > 0 && std::abs(here.second) < tilt * tilt / bend + 0.5 * bend) {
            double x = nearest_to_zero(gap, before.first, after.first);
            nodes.emplace_back(x, gap(x));
        }
    }
    std::sort(nodes.begin(), nodes.end());
    std::vector<Root> roots;
    std::pair<double, double> left = nodes.front();
    for (const auto& right : nodes) {
        if (right.second == 0 && std::isfinite(left.second) && left.second != 0) {
            continue;
        }
        if (changes_sign(left.second, right.second)) {
            roots.push_back(between(gap, {left.first, left.second}, {right.first, right.second}));
        }
        left = right;
    }
    return roots;
}

}  // namespace

std::vector<Root> path_roots(const PathLaw& baseline, const PathLaw& challenger, double low, double high) {
    GapFunction gap = [&](double x) { return challenger.loss(x) - baseline.loss(x); };
    if (baseline.curve || challenger.curve) {
        return numeric_roots(gap, low, high);
    }
    if (!baseline.closed_frontier() || !challenger.closed_frontier()) {
        return find_roots(gap, low, high);
    }
    double faster = challenger.rate[0] - baseline.rate[0];
    double turn = (std::log(challenger.rate[0]) + challenger.log_coefficient[0] - std::log(baseline.rate[0]) - baseline.log_coefficient[0]) / faster;
    std::vector<double> ends{low, high};
    if (turn > low && turn < high) {
        ends = {low, turn, high};
    }
    std::vector<Root> roots;
    for (std::size_t i = 1; i < ends.size(); ++i) {
        double left = gap(ends[i - 1]), right = gap(ends[i]);
        if (changes_sign(left, right)) {
            roots.push_back(between(gap, {ends[i - 1], left}, {ends[i], right}));
        }
    }
    return roots;
}

}  // namespace overtake
