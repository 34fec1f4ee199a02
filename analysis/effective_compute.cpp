// How much compute one scheme needs for the loss that another reaches with a given compute.
#include "analysis/effective_compute.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr double furthest = 3;  // decades from C

/// "12 % more", "8 % fewer", "3.1 times the"
std::string share_words(double log10_multiplier) {
    if (log10_multiplier >= furthest) {
        return "over 1,000 times the";
    }
    double multiplier = std::pow(10.0, log10_multiplier), percent = 100 * (multiplier - 1);
    if (multiplier >= 2) {
        return significant(multiplier, 3) + " times the";
    }
    if (percent < -99) {
        return "over 99 % fewer";
    }
    return significant(std::abs(percent), 2) + (percent < 0 ? " % fewer" : " % more");
}

/// In log10 C of the baseline.
Interval computes_not_told_apart(const GapPath& path, double x, double root, double reach) {
    PathLaw of_b = path.baseline_path(path.baseline.law);
    const double loss = path.challenger_path(path.challenger.law).loss(x), error = path.gap_error(x).value;
    const auto told_apart = [&](double at) {
        const double wider = error > 0 ? path.gap_error(at, x).value / error : 1;
        return std::abs(loss - of_b.loss(at)) > reach * wider;
    };
    const double low = x - furthest, high = x + furthest;
    Interval within = inverted_test(told_apart, std::clamp(root, low, high), low, high, 1.5, 1e-5);
    return {root > low ? within.low : -INFINITY, root < high ? within.high : INFINITY};
}

}  // namespace

EffectiveCompute effective_compute(const GapPath& path, std::span<const double> log10_flops, const SimultaneousBand& of_gap) {
    EffectiveCompute curve;
    PathLaw of_b = path.baseline_path(path.baseline.law), of_c = path.challenger_path(path.challenger.law);
    for (std::size_t j = 0; j < log10_flops.size(); ++j) {
        const double x = log10_flops[j], root = of_b.log10_flops_for(of_c.loss(x));
        const double reach = j < of_gap.spread.size() ? of_gap.critical * of_gap.spread[j] : INFINITY;
        const Interval within = std::isfinite(reach) && !std::isnan(root) ? computes_not_told_apart(path, x, root, reach) : Interval{-INFINITY, INFINITY};
        curve.log10_flops.push_back(x);
        curve.log10_multiplier.push_back(root - x);
        curve.low.push_back(within.low - x);
        curve.high.push_back(within.high - x);
    }
    return curve;
}

std::string effective_compute_sentence(const EffectiveCompute& curve, const std::string& baseline, const std::string& challenger, double confidence,
                                       const std::string& unit) {
    if (curve.empty() || std::isnan(curve.log10_multiplier.back())) {
        return "";
    }
    const std::string where = "At C = 10^" + fixed(curve.log10_flops.back(), 1) + " " + unit + " of " + challenger + ", ";
    if (std::isinf(curve.log10_multiplier.back())) {
        return where + "no compute gives " + baseline + " the same loss on its fitted law.";
    }
    return where + baseline + " needs " + share_words(curve.log10_multiplier.back()) + " " + unit + " for the same loss [" + share_words(curve.low.back()) + ", " +
           share_words(curve.high.back()) + "] (" + fixed(100 * confidence, 0) + " % band).";
}

}  // namespace overtake
