// Where a gap changes sign as compute grows.
#include "analysis/roots.hpp"

#include <algorithm>
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

std::vector<Root> path_roots(const PathLaw& baseline, const PathLaw& challenger, double low, double high) {
    GapFunction gap = [&](double x) { return challenger.loss(x) - baseline.loss(x); };
    bool frontiers = std::isinf(baseline.log_coefficient[1]) && std::isinf(challenger.log_coefficient[1]);
    if (!frontiers) {
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
