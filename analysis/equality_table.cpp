// The lines of equal loss of a study's comparisons as a table.
#include "analysis/equality_table.hpp"

#include <cmath>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

Table equality_table(const Study& study) {
    return {"equality" + file_suffix(study),
            "Sizes and budgets of equal loss" + at_context(study) + ", with the " + fixed(100 * study.options.comparison.confidence, 0) +
                " % band along N and along D, which holds all over the plane at once; an end is empty where the band leaves the plane",
            {"challenger", "baseline", "line", "log10 N", "log10 N low", "log10 N high", "log10 D", "log10 D low", "log10 D high"},
            {}};
}

void append_rows(Table& table, const Comparison& c, const EqualityCurve& curve) {
    const auto end = [](double x) { return std::isfinite(x) ? fixed(x, 4) : std::string(); };
    for (std::size_t k = 0; k < curve.lines.size(); ++k) {
        for (const EqualityPoint& p : curve.lines[k]) {
            table.rows.push_back({c.challenger, c.baseline, std::to_string(k + 1), fixed(p.at.log10_parameters, 4), end(p.log10_parameters.low), end(p.log10_parameters.high),
                                  fixed(p.at.log10_tokens, 4), end(p.log10_tokens.low), end(p.log10_tokens.high)});
        }
    }
}

}  // namespace overtake
