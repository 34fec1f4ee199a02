// Figures of laws and gaps.
#include "analysis/law_figures.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

std::string compute_axis(const Study& study) { return "set logscale x\nset format x '10^{%L}'\nset xlabel 'compute C [" + study.options.comparison.cost_unit + "]'\n"; }

std::string power(double log10_value) { return shortest(std::pow(10.0, log10_value)); }

/// One path for all lines of a figure: along the frontiers only where every law has one near its data.
bool all_have_frontiers(const Study& study) {
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        const SchemeLaw& s = study.schemes[k];
        if (s.fit.usable && !frontier_near_data(study.evidence(k), s.law, s.low_log10_flops, s.high_log10_flops)) {
            return false;
        }
    }
    return true;
}

}  // namespace

Figure law_figure(const Study& study) {
    const bool optimal = all_have_frontiers(study);
    Figure figure{"laws" + file_suffix(study), "Laws and points" + at_context(study),
                  "Each point is a finished trial; each line is " +
                      (optimal ? std::string("the lowest loss that the fitted law promises for that compute")
                               : "the fitted law at " + significant(study.options.comparison.tokens_per_parameter, 3) +
                                     " tokens per parameter (some law has no optimum near the trained sizes)") + ", with the " +
                      fixed(100 * study.options.comparison.confidence, 0) + " % interval at each compute.", "", ""};
    std::ostringstream data, plot;
    plot << compute_axis(study) << "set ylabel 'loss [nats per token]'\n";
    int block = 0;
    double low = INFINITY, high = 0;
    std::ostringstream bands, lines, dots;
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        const SchemeLaw& s = study.schemes[k];
        std::size_t number = mark_of(study, s.scheme);
        data << "# points of " << shown_name(s.scheme) << ": flops loss parameters tokens seed\n";
        for (const Observation& o : s.observations) {
            data << shortest(o.flops) << " " << shortest(o.loss) << " " << shortest(o.parameters) << " " << shortest(o.tokens) << " " << o.seed << "\n";
            low = std::min(low, o.loss);
            high = std::max(high, o.loss);
        }
        data << "\n\n";
        dots << (block > 0 ? ", \\\n  " : "") << "DATA index " << block << " using 1:2 with points " << point_style(number) << " "
             << (s.fit.usable ? "notitle" : "title \"" + gnuplot_text(shown_name(s.scheme)) + "\"");
        ++block;
        if (!s.fit.usable) {
            continue;
        }
        data << (optimal ? "# frontier of " : "# fixed tokens per parameter of ") << shown_name(s.scheme) << ": flops loss low high parameters tokens\n";
        auto along = [&](const PowerLaw& law, double x) {
            double flops = std::pow(10.0, x);
            return optimal ? frontier(law, s.cost, flops) : fixed_ratio(law, s.cost, flops, study.options.comparison.tokens_per_parameter);
        };
        for (int i = 0; i <= 60; ++i) {
            double x = s.low_log10_flops + (s.high_log10_flops - s.low_log10_flops) * i / 60;
            FrontierPoint at = along(s.law, x);
            std::vector<double> losses;
            for (const PowerLaw& law : study.draws.draws[k]) {
                losses.push_back(along(law, x).loss);
            }
            Interval band = percentile_interval(losses, study.options.comparison.confidence);
            if (std::isfinite(at.loss) && std::isfinite(band.low) && std::isfinite(band.high)) {
                data << power(x) << " " << shortest(at.loss) << " " << shortest(band.low) << " " << shortest(band.high) << " " << shortest(at.parameters)
                     << " " << shortest(at.tokens) << "\n";
            }
        }
        data << "\n\n";
        bands << ", \\\n  DATA index " << block << " using 1:3:4 with filledcurves fc rgb '" << colour(number) << "' fs transparent solid 0.15 noborder notitle";
        lines << ", \\\n  DATA index " << block << " using 1:2 with lines " << line_style(number) << " title \"" << gnuplot_text(shown_name(s.scheme)) << "\"";
        ++block;
    }
    double margin = 0.05 * (high - low) + 1e-9, least = INFINITY, most = -INFINITY;
    for (const SchemeLaw& s : study.schemes) {
        least = std::min(least, s.low_log10_flops);
        most = std::max(most, s.high_log10_flops);
    }
    plot << log_range(std::pow(10.0, least), std::pow(10.0, most)) << "set yrange [" << shortest(low - margin) << ":" << shortest(high + margin) << "]\nDATA = '" << figure.name << ".dat'\nplot " << dots.str()
         << bands.str() << lines.str() << "\n";
    figure.data = data.str();
    figure.script = plot.str();
    std::vector<std::string> names;
    for (const SchemeLaw& s : study.schemes) {
        names.push_back(shown_name(s.scheme));
    }
    figure.height = height_with_key(names);
    return figure;
}

Figure gap_figure(const Study& study, const Comparison& c) {
    Figure figure{"gap-" + file_part(c.challenger) + file_suffix(study), c.challenger + " minus " + c.baseline + at_context(study),
                  "Loss of " + c.challenger + " minus loss of " + c.baseline + (c.at_fixed_ratio ? " at " + significant(c.options.tokens_per_parameter, 3) + " tokens per parameter; below zero " : " along the two frontiers; below zero ") + c.challenger +
                      " is ahead. The band holds at all compute of the data at once (" + fixed(100 * c.options.confidence, 0) +
                      " %); grey is beyond the data, dotted lines are plus and minus " + fixed(c.options.delta_nats, 3) +
                      " nats, an upright bar is a crossing with its interval.", "", ""};
    std::size_t base = index_of(study, c.baseline), challenger = index_of(study, c.challenger);
    std::size_t number = std::max<std::size_t>(1, mark_of(study, c.challenger));
    std::ostringstream data, plot;
    data << "# within the data: flops gap low high\n";
    double low = -c.options.delta_nats, high = c.options.delta_nats;
    for (std::size_t i = 0; i < c.band.gap.size(); ++i) {
        data << power(c.band.log10_flops[i]) << " " << shortest(c.band.gap[i]) << " " << shortest(c.band.low[i]) << " " << shortest(c.band.high[i]) << "\n";
        low = std::min(low, c.band.low[i]);
        high = std::max(high, c.band.high[i]);
    }
    std::vector<double> beyond;
    for (int i = 0; i <= 30; ++i) {
        beyond.push_back(c.high_log10_flops + (c.horizon_log10_flops - c.high_log10_flops) * i / 30);
    }
    GapBand outside = gap_band(study.evidence(base), study.evidence(challenger), beyond, c.options.confidence,
                               c.at_fixed_ratio ? c.options.tokens_per_parameter : 0);
    data << "\n\n# beyond the data: flops gap low high\n";
    for (std::size_t i = 0; i < beyond.size(); ++i) {
        data << power(beyond[i]) << " " << shortest(outside.gap[i]) << " " << shortest(outside.low[i]) << " " << shortest(outside.high[i]) << "\n";
    }
    double margin = 0.25 * (high - low);
    low -= margin;
    high += margin;
    auto clip = [&](double x) { return std::clamp(x, c.low_log10_flops, c.horizon_log10_flops); };
    int object = 1;
    plot << compute_axis(study) << "set ylabel 'gap [nats per token]'\nset xrange [" << power(c.low_log10_flops) << ":" << power(c.horizon_log10_flops)
         << "]\nset yrange [" << shortest(low) << ":" << shortest(high) << "]\n";
    plot << "set object " << object++ << " rectangle from " << power(c.high_log10_flops) << ", graph 0 to " << power(c.horizon_log10_flops)
         << ", graph 1 fc rgb '#f0f0f0' fs solid noborder behind\n";
    for (const Crossing& x : c.crossings) {
        if (x.log10_flops < c.low_log10_flops) {
            continue;
        }
        plot << "set object " << object++ << " rectangle from " << power(clip(x.interval.low)) << ", graph 0 to " << power(clip(x.interval.high))
             << ", graph 1 fc rgb '#56B4E9' fs transparent solid 0.18 noborder behind\n"
             << "set arrow from " << power(x.log10_flops) << ", graph 0 to " << power(x.log10_flops) << ", graph 1 nohead lc rgb '#0072B2' lw 1.5\n";
    }
    plot << "set label \"" << gnuplot_text(c.challenger) << " behind\" at graph 0.02, 0.95 tc rgb '#555555'\n"
         << "set label \"" << gnuplot_text(c.challenger) << " ahead\" at graph 0.02, 0.05 tc rgb '#555555'\n"
         << "set label 'beyond the data' at graph 0.98, 0.95 right tc rgb '#777777'\nDATA = '" << figure.name << ".dat'\nplot "
         << "DATA index 0 using 1:3:4 with filledcurves fc rgb '" << colour(number) << "' fs transparent solid 0.25 noborder title 'simultaneous band', \\\n  "
         << "DATA index 1 using 1:3:4 with filledcurves fc rgb '" << colour(number) << "' fs transparent solid 0.1 noborder notitle, \\\n  "
         << "0 with lines lc rgb '#000000' lw 1 dt 1 notitle, " << shortest(c.options.delta_nats) << " with lines lc rgb '#777777' lw 1 dt 3 notitle, -"
         << shortest(c.options.delta_nats) << " with lines lc rgb '#777777' lw 1 dt 3 notitle, \\\n  "
         << "DATA index 0 using 1:2 with lines lc rgb '" << colour(number) << "' lw 2.5 dt 1 title \"" << gnuplot_text(c.challenger) << " minus "
         << gnuplot_text(c.baseline) << "\", \\\n  DATA index 1 using 1:2 with lines lc rgb '" << colour(number) << "' lw 2 dt '-' notitle\n";
    figure.data = data.str();
    figure.script = plot.str();
    return figure;
}

}  // namespace overtake
