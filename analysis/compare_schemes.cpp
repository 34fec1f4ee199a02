// One comparison of two schemes of a study, with the second opinions that a claim beyond the data needs.
#include <algorithm>
#include <cmath>

#include "analysis/gap_models.hpp"
#include "analysis/study.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

/// Point estimates that must agree before a crossing beyond the data is claimed (design 9a).
std::vector<GapOpinion> opinions_on(const SchemeLaw& b, const SchemeLaw& c, const FitOptions& options) {
    std::vector<GapOpinion> out;
    auto law_gap = [&b, &c](const PowerLaw& base, const PowerLaw& challenger) -> GapFunction {
        return [&b, &c, base, challenger](double x) {
            double flops = std::pow(10.0, x);
            return frontier(challenger, c.cost, flops).loss - frontier(base, b.cost, flops).loss;
        };
    };
    std::vector<LawPoints> points{b.points, c.points};
    std::vector<LawFit> fits{b.fit, c.fit};
    JointFit joint = fit_joint(points, fits, options.delta, options.constraints);
    out.push_back({"shared E", law_gap(joint.laws[0], joint.laws[1])});
    out.push_back({"separate E", law_gap(b.fit.law, c.fit.law)});
    auto along = [&b](auto model) -> GapFunction {
        return [&b, model](double x) {
            FrontierPoint at = frontier(b.law, b.cost, std::pow(10.0, x));
            return model.at(at.parameters, at.tokens);
        };
    };
    std::vector<PairedGap> gaps = paired_gaps(b.observations, c.observations);
    if (auto model = fit_power_law_gap(gaps)) {
        out.push_back({"power-law gap", along(*model)});
    }
    if (auto model = fit_log_line_gap(gaps)) {
        out.push_back({"log-line gap", along(*model)});
    }
    if (out.size() < 4) {
        out.push_back({"paired differences (too few)", [](double) { return 1.0; }});
    }
    return out;
}

}  // namespace

Comparison compare_schemes(const Study& study, std::size_t baseline, std::size_t challenger) {
    const SchemeLaw &b = study.schemes[baseline], &s = study.schemes[challenger];
    if (!b.fit.usable || !s.fit.usable) {
        Comparison c;
        c.baseline = b.scheme;
        c.challenger = s.scheme;
        c.options = study.options.comparison;
        c.reason = "no law for " + (b.fit.usable ? s.scheme + ": " + s.fit.reason : b.scheme + ": " + b.fit.reason);
        c.sentence = verdict_sentence(c);
        return c;
    }
    OtherFloor other{study.evidence_apart(baseline), study.evidence_apart(challenger), study.floor_in_doubt};
    Comparison c = compare(study.evidence(baseline), study.evidence(challenger), opinions_on(b, s, study.options.fit), study.options.comparison,
                           study.apart ? &other : nullptr);
    for (const Crossing& crossing : c.crossings) {
        const Interval& apart = crossing.interval_apart;
        if (apart.low < crossing.interval.low || apart.high > crossing.interval.high) {
            const auto end = [](double x) { return std::isfinite(x) ? "10^" + fixed(x, 1) : std::string(x < 0 ? "below all" : "beyond all"); };
            c.notes.push_back("the interval of the crossing at C = 10^" + fixed(crossing.log10_flops, 1) + " holds if the two share E; with an E each it is [" + end(apart.low) +
                              ", " + end(apart.high) + "]");
        }
    }
    if (study.floor_in_doubt) {
        c.notes.push_back("whether E is shared is in doubt (p = " + significant(study.floor_test.p_value, 2) + "): intervals of crossings hold for both answers");
    }
    if (c.at_fixed_ratio) {
        c.notes.push_back("a law has no compute-optimal frontier near the trained sizes: compared at fixed tokens per parameter");
    }
    for (const SchemeLaw* law : {&b, &s}) {
        for (const std::string& flag : law->flags) {
            c.notes.push_back((law->scheme.empty() ? "" : law->scheme + ": ") + flag);
        }
    }
    return c;
}

}  // namespace overtake
