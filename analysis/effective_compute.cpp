// How much compute one scheme needs for the loss that another reaches with a given compute.
#include "analysis/effective_compute.hpp"

#include <cmath>

#include "analysis/band.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

double log10_multiplier(const PathLaw& baseline, const PathLaw& challenger, double log10_flops) {
    return baseline.log10_flops_for(challenger.loss(log10_flops)) - log10_flops;
}

/// "12 % more", "8 % fewer", "3.1 times the"
std::string share_words(double log10_multiplier) {
    double multiplier = std::pow(10.0, log10_multiplier);
    if (!std::isfinite(multiplier)) {
        return "more than any";
    }
    if (multiplier >= 2) {
        return significant(multiplier, 3) + " times the";
    }
    double percent = 100 * (multiplier - 1);
    return significant(std::abs(percent), 2) + (percent < 0 ? " % fewer" : " % more");
}

}  // namespace

EffectiveCompute effective_compute(const GapPath& path, std::span<const double> log10_flops, double confidence) {
    EffectiveCompute curve;
    const LawEvidence &b = path.baseline, &c = path.challenger;
    PathLaw of_b = path.baseline_path(b.law), of_c = path.challenger_path(c.law);
    for (double x : log10_flops) {
        curve.log10_flops.push_back(x);
        curve.log10_multiplier.push_back(log10_multiplier(of_b, of_c, x));
    }
    std::vector<std::vector<double>> deviations;
    for (std::size_t i = 0; i < b.draws.size(); ++i) {
        PathLaw draw_b = path.baseline_path(b.draws[i]), draw_c = path.challenger_path(c.draws[i]);
        std::vector<double> row;
        for (std::size_t j = 0; j < log10_flops.size(); ++j) {
            double here = log10_multiplier(draw_b, draw_c, log10_flops[j]);
            row.push_back(here == curve.log10_multiplier[j] ? 0 : here - curve.log10_multiplier[j]);
        }
        deviations.push_back(std::move(row));
    }
    SimultaneousBand band = simultaneous_band(deviations, confidence);
    for (std::size_t j = 0; j < log10_flops.size(); ++j) {
        bool there = j < band.spread.size() && std::isfinite(curve.log10_multiplier[j]);
        double reach = there ? band.critical * band.spread[j] : INFINITY;
        curve.low.push_back(std::isfinite(reach) ? curve.log10_multiplier[j] - reach : -INFINITY);
        curve.high.push_back(std::isfinite(reach) ? curve.log10_multiplier[j] + reach : INFINITY);
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
    auto end = [](double x) { return std::isfinite(x) ? share_words(x) : std::string(x < 0 ? "unknown" : "beyond all"); };
    return where + baseline + " needs " + share_words(curve.log10_multiplier.back()) + " " + unit + " for the same loss [" + end(curve.low.back()) + ", " +
           end(curve.high.back()) + "] (" + fixed(100 * confidence, 0) + " % band).";
}

}  // namespace overtake
