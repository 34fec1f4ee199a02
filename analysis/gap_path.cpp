// The gap between two laws along a path through compute, and its standard error.
#include "analysis/gap_path.hpp"

#include <cmath>

#include "analysis/student.hpp"

namespace overtake {

namespace {

PathLaw path_of(const PowerLaw& law, const CostLaw& cost, double ratio) {
    return ratio > 0 ? ray_path(law, cost, ratio) : frontier_path(law, cost);
}

FrontierPoint point_of(const PowerLaw& law, const CostLaw& cost, double log10_flops, double ratio) {
    double flops = std::pow(10.0, log10_flops);
    return ratio > 0 ? fixed_ratio(law, cost, flops, ratio) : frontier(law, cost, flops);
}

double dot(const LawCoordinates& a, const LawCoordinates& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

std::size_t units_of(const GapPath& path) { return std::min(path.baseline.influence.size(), path.challenger.influence.size()); }

}  // namespace

PathLaw GapPath::baseline_path(const PowerLaw& law) const { return path_of(law, baseline.cost, ratio); }
PathLaw GapPath::challenger_path(const PowerLaw& law) const { return path_of(law, challenger.cost, ratio); }
FrontierPoint GapPath::baseline_point(const PowerLaw& law, double x) const { return point_of(law, baseline.cost, x, ratio); }
double GapPath::gap(double x) const { return challenger_path(challenger.law).loss(x) - baseline_path(baseline.law).loss(x); }

StandardError GapPath::gap_error(double x_baseline, double x_challenger) const {
    FrontierPoint b = point_of(baseline.law, baseline.cost, x_baseline, ratio), c = point_of(challenger.law, challenger.cost, x_challenger, ratio);
    LawCoordinates of_b = loss_gradient(baseline.law, baseline.centre, b.parameters, b.tokens);
    LawCoordinates of_c = loss_gradient(challenger.law, challenger.centre, c.parameters, c.tokens);
    std::vector<double> effects(units_of(*this));
    for (std::size_t u = 0; u < effects.size(); ++u) {
        effects[u] = dot(of_c, challenger.influence[u]) - dot(of_b, baseline.influence[u]);
    }
    return standard_error(effects);
}

Interval studentised_interval(const GapPath& path, double root, double confidence, double low, double high) {
    PathLaw b = path.baseline_path(path.baseline.law), c = path.challenger_path(path.challenger.law);
    double critical = student_quantile(0.5 + 0.5 * confidence, path.gap_error(root).degrees);
    return inverted_test([&](double x) { return std::abs(c.loss(x) - b.loss(x)) > critical * path.gap_error(x).value; }, root, low, high);
}

Interval inverted_test(const std::function<bool(double)>& told_apart, double root, double low, double high, double growth, double precision) {
    auto end = [&](double limit) {
        double step = limit < root ? -1.0 / 40 : 1.0 / 40, inside = root;
        while ((limit - inside) * step > 0) {
            double next = step < 0 ? std::fmax(inside + step, limit) : std::fmin(inside + step, limit);
            if (!told_apart(next)) {
                inside = next;
                step *= growth;
                continue;
            }
            double outside = next;
            while (std::abs(outside - inside) > precision) {
                double middle = 0.5 * (inside + outside);
                (told_apart(middle) ? outside : inside) = middle;
            }
            return 0.5 * (inside + outside);
        }
        return std::copysign(INFINITY, step);
    };
    return {end(low), end(high)};
}

CrossingSize size_intervals(const GapPath& path, double root, const Interval& log10_flops, double confidence) {
    if (path.ratio > 0) {
        auto at = [&](double x) { return std::isfinite(x) ? path.baseline_point(path.baseline.law, x) : FrontierPoint{}; };
        FrontierPoint low = at(log10_flops.low), high = at(log10_flops.high);
        auto between = [&](double below, double above) -> Interval {
            return {std::isfinite(log10_flops.low) ? std::log10(below) : log10_flops.low,
                    std::isfinite(log10_flops.high) ? std::log10(above) : log10_flops.high};
        };
        return {between(low.parameters, high.parameters), between(low.tokens, high.tokens)};
    }
    struct Size {
        double log10_parameters, log10_tokens;
    };
    auto size_for = [&](const PowerLaw& base, const PowerLaw& challenger) -> Size {
        PathLaw b = path.baseline_path(base), c = path.challenger_path(challenger);
        double x = root;
        for (int k = 0; k < 4; ++k) {  // Newton from a root that moved by 1e-6 or so
            x -= (c.loss(x) - b.loss(x)) / (c.slope(x) - b.slope(x));
        }
        FrontierPoint at = path.baseline_point(base, x);
        return {std::log10(at.parameters), std::log10(at.tokens)};
    };
    constexpr double step = 1e-6;
    std::array<LawCoordinates, 2> of_n{}, of_d{};  // of baseline, of challenger
    for (std::size_t who = 0; who < 2; ++who) {
        for (std::size_t i = 0; i < 5; ++i) {
            LawCoordinates up{}, down{};
            up[i] = step;
            down[i] = -step;
            auto shifted = [&](const LawCoordinates& by) {
                return who == 0 ? size_for(moved(path.baseline.law, path.baseline.centre, by), path.challenger.law)
                                : size_for(path.baseline.law, moved(path.challenger.law, path.challenger.centre, by));
            };
            Size above = shifted(up), below = shifted(down);
            of_n[who][i] = (above.log10_parameters - below.log10_parameters) / (2 * step);
            of_d[who][i] = (above.log10_tokens - below.log10_tokens) / (2 * step);
        }
    }
    Size at = size_for(path.baseline.law, path.challenger.law);
    auto interval = [&](double centre, const std::array<LawCoordinates, 2>& gradient) -> Interval {
        std::vector<double> effects(units_of(path));
        for (std::size_t u = 0; u < effects.size(); ++u) {
            effects[u] = dot(gradient[0], path.baseline.influence[u]) + dot(gradient[1], path.challenger.influence[u]);
        }
        StandardError error = standard_error(effects);
        double reach = student_quantile(0.5 + 0.5 * confidence, error.degrees) * error.value;
        return {std::isfinite(log10_flops.low) ? centre - reach : log10_flops.low, std::isfinite(log10_flops.high) ? centre + reach : log10_flops.high};
    };
    return {interval(at.log10_parameters, of_n), interval(at.log10_tokens, of_d)};
}

}  // namespace overtake
