// What a gap is worth: compute for equal loss, and the sizes and budgets at which two schemes are equal.
#include "analysis/compute_figures.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

std::string power(double log10_value) { return shortest(std::pow(10.0, log10_value)); }

constexpr double most_decades = 2;  // of the multiplier's axis on either side of 1

std::string lines_data(const std::string& name, const std::vector<Polyline>& lines) {
    std::string data = "# " + name + ": parameters tokens\n";
    for (const Polyline& line : lines) {
        for (const PlanePoint& point : line) {
            data += power(point.log10_parameters) + " " + power(point.log10_tokens) + "\n";
        }
        data += "\n";  // one empty line lifts the pen
    }
    return data + "\n";
}

}  // namespace

std::optional<Figure> effective_compute_figure(const Study& study, const Comparison& c) {
    const EffectiveCompute& curve = c.effective;
    double low = 0, high = 0;
    std::string rows;
    for (std::size_t i = 0; i < curve.log10_flops.size(); ++i) {
        if (!std::isfinite(curve.log10_multiplier[i])) {
            continue;
        }
        const double bottom = std::max(curve.low[i], -most_decades), top = std::min(curve.high[i], most_decades);
        rows += power(curve.log10_flops[i]) + " " + power(curve.log10_multiplier[i]) + " " + power(bottom) + " " + power(top) + "\n";
        low = std::min({low, bottom, curve.log10_multiplier[i]});
        high = std::max({high, top, curve.log10_multiplier[i]});
    }
    if (rows.empty()) {
        return std::nullopt;
    }
    const std::string mark = colour(std::max<std::size_t>(1, mark_of(study, c.challenger)));
    const double margin = 0.1 * (high - low) + 0.005;
    Figure figure{.name = "compute-" + file_part(c.challenger) + file_suffix(study),
                  .title = "Compute for the loss of " + c.challenger + at_context(study),
                  .caption = "How many times the compute " + c.baseline + " needs for the loss that " + c.challenger + " reaches with C; above 1 " + c.challenger +
                             " saves compute. The band holds at all C of the data at once (" + fixed(100 * c.options.confidence, 0) + " %), and is cut at a factor 100.",
                  .data = "# flops multiplier low high\n" + rows, .script = ""};
    figure.script = "set logscale xy\nset format x '10^{%L}'\nset xlabel \"compute C of " + gnuplot_text(c.challenger) + " [" + c.options.cost_unit + "]\"\nset ylabel \"compute of " + gnuplot_text(c.baseline) +
                    " / C\"\nset xrange [" + power(c.low_log10_flops) + ":" + power(c.high_log10_flops) + "]\nset yrange [" + power(low - margin) + ":" + power(high + margin) +
                    "]\nset format y '%g'\n" + (high - low < 0.3 ? "unset logscale y\nset ytics autofreq\n" : "set ytics (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 20, 50, 100)\n") + "unset key\nDATA = '" + figure.name +
                    ".dat'\nplot DATA using 1:3:4 with filledcurves fc rgb '" + mark + "' fs transparent solid 0.25 noborder, 1 with lines lc rgb '#000000' lw 1, DATA using 1:2 with lines lc rgb '" + mark +
                    "' lw 2.5\n";
    return figure;
}

std::optional<EqualityCurve> equality_of(const Study& study, const Comparison& c) {
    const std::size_t base = index_of(study, c.baseline), challenger = index_of(study, c.challenger);
    if (!study.schemes[base].fit.usable || !study.schemes[challenger].fit.usable) {
        return std::nullopt;
    }
    const std::optional<PlaneRange> range = plane_of(study.schemes[base].observations, study.schemes[challenger].observations);
    return range ? std::optional(equality_curve(study.evidence(base), study.evidence(challenger), *range, c.options.confidence)) : std::nullopt;
}

std::optional<Figure> equality_figure(const Study& study, const Comparison& c, const EqualityCurve& curve) {
    if (curve.equal.empty() && curve.challenger_ahead.empty() && curve.baseline_ahead.empty()) {
        return std::nullopt;
    }
    std::set<std::pair<double, double>> cells;
    for (const std::string& name : {c.baseline, c.challenger}) {
        for (const Observation& o : study.schemes[index_of(study, name)].observations) {
            cells.emplace(o.parameters, o.tokens);
        }
    }
    Figure figure{.name = "plane-" + file_part(c.challenger) + file_suffix(study),
                  .title = "Where " + c.challenger + " equals " + c.baseline + at_context(study),
                  .caption = "Sizes and budgets at which the two laws are equal (black), and the borders within which the " + fixed(100 * c.options.confidence, 0) +
                             " % band, which holds all over the plane at once, is wholly on one side: " + c.challenger + " ahead on " + fixed(100 * curve.share_challenger_ahead, 0) + " % of the plane, " +
                             c.baseline + " on " + fixed(100 * curve.share_baseline_ahead, 0) + " %. Grey: the cells.",
                  .data = "# cells: parameters tokens\n", .script = ""};
    for (const auto& [parameters, tokens] : cells) {
        figure.data += shortest(parameters) + " " + shortest(tokens) + "\n";
    }
    figure.data += "\n\n";
    figure.script = "set logscale xy\nset format xy '10^{%L}'\nset xlabel 'parameters N'\nset ylabel 'training tokens D'\n" + log_range(std::pow(10.0, curve.range.low.log10_parameters), std::pow(10.0, curve.range.high.log10_parameters)) +
                    "DATA = '" + figure.name + ".dat'\nplot DATA index 0 using 1:2 with points lc rgb '#999999' pt 7 ps 0.4 notitle";
    int block = 1;
    const auto add = [&](const std::string& name, const std::vector<Polyline>& lines, const std::string& style, const std::string& title) {
        if (!lines.empty()) {
            figure.data += lines_data(name, lines);
            figure.script += ", \\\n  DATA index " + std::to_string(block++) + " using 1:2 with lines " + style + " title \"" + gnuplot_text(title) + "\"";
        }
    };
    add("equal", curve.equal, "lc rgb '#000000' lw 2", "equal");
    add("border of where " + c.challenger + " is ahead", curve.challenger_ahead, "lc rgb '#0072B2' lw 2 dt '-'", c.challenger + " ahead");
    add("border of where " + c.baseline + " is ahead", curve.baseline_ahead, "lc rgb '#D55E00' lw 2 dt '.-'", c.baseline + " ahead");
    figure.script += "\n";
    return figure;
}

}  // namespace overtake
