// The curve in the (N, D) plane on which two schemes reach the same loss.
#include "analysis/equality_curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "analysis/band.hpp"

namespace overtake {

namespace {

constexpr std::size_t nodes = 33;

/// Crossed edges are named by the lower of their nodes and their direction.
using Edge = std::array<std::size_t, 3>;  // i, j, 0: along x, 1: along y

/// Two edges a piece; a saddle gives two pieces.
std::vector<std::array<Edge, 2>> pieces_of(const std::vector<double>& values, std::size_t columns, std::size_t i, std::size_t j) {
    auto at = [&](std::size_t a, std::size_t b) { return values[a * columns + b]; };
    const std::array<double, 4> corner{at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)};
    const std::array<Edge, 4> edge{{{i, j, 0}, {i + 1, j, 1}, {i, j + 1, 0}, {i, j, 1}}};
    std::vector<Edge> crossed;
    for (std::size_t k = 0; k < 4; ++k) {
        double a = corner[k], b = corner[(k + 1) % 4];
        if (std::isnan(a) || std::isnan(b)) {
            return {};
        }
        if ((a < 0) != (b < 0)) {
            crossed.push_back(edge[k]);
        }
    }
    if (crossed.size() == 2) {
        return {{crossed[0], crossed[1]}};
    }
    if (crossed.size() == 4) {
        bool middle_as_first = (corner[0] + corner[1] + corner[2] + corner[3] < 0) == (corner[0] < 0);
        return middle_as_first ? std::vector<std::array<Edge, 2>>{{crossed[0], crossed[1]}, {crossed[2], crossed[3]}}
                               : std::vector<std::array<Edge, 2>>{{crossed[3], crossed[0]}, {crossed[1], crossed[2]}};
    }
    return {};
}

/// Losses of a law at all nodes, as two separable parts.
struct Parts {
    double E = 0;
    std::vector<double> from_n, from_d;
    Parts(const PowerLaw& law, const std::vector<double>& x, const std::vector<double>& y) : E(law.E) {
        for (double log10_n : x) {
            from_n.push_back(law.A * std::pow(10.0, -law.alpha * log10_n));
        }
        for (double log10_d : y) {
            from_d.push_back(law.B * std::pow(10.0, -law.beta * log10_d));
        }
    }
    double loss(std::size_t i, std::size_t j) const { return E + from_n[i] + from_d[j]; }
};

std::vector<double> gaps(const PowerLaw& baseline, const PowerLaw& challenger, const std::vector<double>& x, const std::vector<double>& y) {
    Parts b(baseline, x, y), c(challenger, x, y);
    std::vector<double> out;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < y.size(); ++j) {
            out.push_back(c.loss(i, j) - b.loss(i, j));
        }
    }
    return out;
}

/// A surface known at the nodes, linear in either direction between them.
struct Surface {
    const std::vector<double>&x, &y, &values;
    double at(const PlanePoint& p) const {
        auto place = [](const std::vector<double>& axis, double v) {
            double share = std::clamp((v - axis.front()) / (axis.back() - axis.front()), 0.0, 1.0) * static_cast<double>(axis.size() - 1);
            auto below = std::min(static_cast<std::size_t>(share), axis.size() - 2);
            return std::pair{below, share - static_cast<double>(below)};
        };
        auto [i, u] = place(x, p.log10_parameters);
        auto [j, v] = place(y, p.log10_tokens);
        auto node = [&](std::size_t a, std::size_t b) { return values[a * y.size() + b]; };
        return (1 - u) * ((1 - v) * node(i, j) + v * node(i, j + 1)) + u * ((1 - v) * node(i + 1, j) + v * node(i + 1, j + 1));
    }
};

EqualityPoint with_band(const PlanePoint& p, const Surface& low, const Surface& high, const PlaneRange& range) {
    auto told_apart = [&](const PlanePoint& at) { return low.at(at) > 0 || high.at(at) < 0; };
    return {p,
            inverted_test([&](double n) { return told_apart({n, p.log10_tokens}); }, p.log10_parameters, range.low.log10_parameters, range.high.log10_parameters),
            inverted_test([&](double d) { return told_apart({p.log10_parameters, d}); }, p.log10_tokens, range.low.log10_tokens, range.high.log10_tokens)};
}

}  // namespace

std::optional<PlaneRange> plane_of(std::span<const Observation> baseline, std::span<const Observation> challenger) {
    PlaneRange range{{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    for (const std::span<const Observation> points : {baseline, challenger}) {
        for (const Observation& o : points) {
            double n = std::log10(o.parameters), d = std::log10(o.tokens);
            range.low = {std::min(range.low.log10_parameters, n), std::min(range.low.log10_tokens, d)};
            range.high = {std::max(range.high.log10_parameters, n), std::max(range.high.log10_tokens, d)};
        }
    }
    bool wide = range.low.log10_parameters < range.high.log10_parameters && range.low.log10_tokens < range.high.log10_tokens;
    return wide ? std::optional(range) : std::nullopt;
}

std::vector<Polyline> zero_lines(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& values) {
    std::map<Edge, std::vector<Edge>> neighbours;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        for (std::size_t j = 0; j + 1 < y.size(); ++j) {
            for (const auto& [from, to] : pieces_of(values, y.size(), i, j)) {
                neighbours[from].push_back(to);
                neighbours[to].push_back(from);
            }
        }
    }
    auto place = [&](const Edge& e) -> PlanePoint {
        auto [i, j, upright] = e;
        double a = values[i * y.size() + j], b = upright == 1 ? values[i * y.size() + j + 1] : values[(i + 1) * y.size() + j];
        double share = a / (a - b);
        return upright == 1 ? PlanePoint{x[i], y[j] + share * (y[j + 1] - y[j])} : PlanePoint{x[i] + share * (x[i + 1] - x[i]), y[j]};
    };
    std::vector<Polyline> lines;
    auto follow = [&](Edge at) {
        Polyline line{place(at)};
        while (!neighbours[at].empty()) {
            Edge next = neighbours[at].back();
            neighbours[at].pop_back();
            auto& back = neighbours[next];
            back.erase(std::find(back.begin(), back.end(), at));
            line.push_back(place(next));
            at = next;
        }
        lines.push_back(line);
    };
    for (const auto& [edge, to] : std::map(neighbours)) {
        if (neighbours[edge].size() == 1 && to.size() == 1) {
            follow(edge);  // from a border of the rectangle
        }
    }
    for (const auto& [edge, to] : std::map(neighbours)) {
        if (!neighbours[edge].empty()) {
            follow(edge);  // closed
        }
    }
    return lines;
}

EqualityCurve equality_curve(const LawEvidence& baseline, const LawEvidence& challenger, const PlaneRange& range, double confidence) {
    EqualityCurve curve;
    curve.range = range;
    std::vector<double> x, y;
    for (std::size_t i = 0; i < nodes; ++i) {
        double share = static_cast<double>(i) / static_cast<double>(nodes - 1);
        x.push_back(range.low.log10_parameters + share * (range.high.log10_parameters - range.low.log10_parameters));
        y.push_back(range.low.log10_tokens + share * (range.high.log10_tokens - range.low.log10_tokens));
    }
    const std::vector<double> gap = gaps(baseline.law, challenger.law, x, y);
    std::vector<std::vector<double>> deviations;
    for (std::size_t k = 0; k < baseline.draws.size(); ++k) {
        deviations.push_back(gaps(baseline.draws[k], challenger.draws[k], x, y));
        for (std::size_t i = 0; i < gap.size(); ++i) {
            deviations.back()[i] -= gap[i];
        }
    }
    SimultaneousBand band = simultaneous_band(deviations, confidence);
    std::vector<double> low(gap.size(), NAN), high(gap.size(), NAN);
    for (std::size_t i = 0; i < band.spread.size(); ++i) {
        low[i] = gap[i] - band.critical * band.spread[i];
        high[i] = gap[i] + band.critical * band.spread[i];
        curve.share_challenger_ahead += (high[i] < 0 ? 1.0 : 0.0) / static_cast<double>(gap.size());
        curve.share_baseline_ahead += (low[i] > 0 ? 1.0 : 0.0) / static_cast<double>(gap.size());
    }
    curve.equal = zero_lines(x, y, gap);
    for (const Polyline& line : curve.equal) {
        curve.lines.emplace_back();
        for (const PlanePoint& point : line) {
            curve.lines.back().push_back(with_band(point, {x, y, low}, {x, y, high}, range));
        }
    }
    curve.challenger_ahead = zero_lines(x, y, high);
    curve.baseline_ahead = zero_lines(x, y, low);
    return curve;
}

}  // namespace overtake
