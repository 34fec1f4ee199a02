// What is told beside the laws of a study.
#include "analysis/examination.hpp"

#include "analysis/study.hpp"

namespace overtake {

void examine_fits(Study& study) {
    const StudyOptions& o = study.options;
    const SchemeLaw* baseline = study.find(study.baseline);
    for (SchemeLaw& s : study.schemes) {
        if (s.fit.usable) {
            s.residual_tests = test_residuals(s.points, s.law);
        }
        for (const std::string& name : o.forms) {
            FormOptions options{o.fit.delta, std::min<std::size_t>(o.bootstrap.draws, 200), o.bootstrap.seed, o.fit.threads, o.comparison.confidence};
            if (name == "isoflop") {
                s.isoflops = fit_isoflops(s.observations, o.bootstrap.seed, o.comparison.confidence);
            } else if (auto fit = fit_form(name, s.observations, options)) {
                s.forms.push_back(*fit);
            }
        }
        if (baseline != nullptr && &s != baseline) {
            auto compared = compare_gap_models(paired_gaps(baseline->observations, s.observations), 200, o.bootstrap.seed, o.comparison.confidence);
            if (compared) {
                study.gap_models[s.scheme] = *compared;
            }
        }
    }
    study.held_out = hold_out_sizes(study);
}

}  // namespace overtake
