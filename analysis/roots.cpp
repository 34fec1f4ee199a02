// Where a gap changes sign as compute grows.
#include "analysis/roots.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace overtake {

namespace {

/// Between two ends of different sign.
Root bisect(const GapFunction& gap, double low, double high, bool falls) {
    while (high - low > 1e-10) {
        double middle = 0.5 * (low + high);
        if ((gap(middle) > 0) == falls) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return {0.5 * (low + high), falls};
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
            roots.push_back(bisect(gap, left, right, at_left > 0));
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
            roots.push_back(bisect(gap, left.first, right.first, left.second > 0));
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
            roots.push_back(bisect(gap, ends[i - 1], ends[i], left > 0));
        }
    }
    return roots;
}

}  // namespace overtake
