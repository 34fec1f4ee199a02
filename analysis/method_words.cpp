// How a study's numbers were made, in one paragraph of the report.
#include "analysis/method_words.hpp"

#include "analysis/tables.hpp"
#include "analysis/text.hpp"

namespace overtake {

std::string method_words(const Study& study) {
    const ComparisonOptions& o = study.options.comparison;
    std::string words = "<p>Per scheme L(N, D) = E + A/N<sup>&alpha;</sup> + B/D<sup>&beta;</sup>, fitted by the summed Huber loss (&delta; = " +
                        significant(study.options.fit.delta, 3) + ") of log loss from 4,500 starts. ";
    if (study.floor_test.degrees > 0) {
        words += "One E for all schemes is " + std::string(study.floor_shared ? "used" : "not used") + ": the Wald test (paired seeds allowed for) gives " +
                 fixed(study.floor_test.statistic, 2) + " on " + std::to_string(study.floor_test.degrees) + " degrees of freedom, p = " +
                 significant(study.floor_test.p_value, 2) + ". ";
    }
    for (const std::string& scheme : study.floor_left_out) {
        words += escape_html(scheme) + " keeps its own E, because its law stays degenerate with a shared one. ";
    }
    words += "Intervals: " + std::to_string(study.options.bootstrap.draws) + " bootstrap draws of trials within cells (seed " +
             std::to_string(study.options.bootstrap.seed) + "), " + (study.paired ? "" : "not ") +
             "paired across schemes (correlation of same-seed trials " + fixed(study.correlation.value, 2) + ", p = " +
             significant(study.correlation.p_value, 2) + "); percentile for parameters, studentised for crossings. A crossing is claimed if the gap exceeds " +
             fixed(o.delta_nats, 3) + " nats on both sides of it in a band that holds at all compute at once, and its interval is at most " +
             significant(o.widest_decades, 2) + " decade wide; beyond the data only within " + significant(o.horizon_decades, 2) +
             " decade and if laws with shared E, with separate E, a power-law gap and a straight-line gap all cross. Each interval and band holds for its own pair; "
             "a relation that does not survive Holm's correction is marked as such: over all pairs of this page with their baselines, and, apart from them, over the comparisons of classes.</p>\n";
    return words;
}

}  // namespace overtake
