// Figures of laws and gaps.
#include "analysis/law_figures.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/text.hpp"

namespace overtake {

namespace {

const char* compute_axis = "set logscale x\nset format x '10^{%L}'\nset xlabel 'compute C [FLOPs]'\n";

std::string suffix(const Study& study) { return study.context > 0 ? "-" + std::to_string(study.context) : ""; }

std::string at_context(const Study& study) {
    return study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : "";
}

std::string name_of_scheme(const std::string& scheme) { return scheme.empty() ? "all points" : scheme; }

std::string file_part(const std::string& scheme) {
    std::string out;
    for (char c : scheme) {
        out += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : '-';
    }
    return out;
}

/// Colour numbers: the baseline is 0 (black), the others follow in order.
std::size_t number_of(const Study& study, const std::string& scheme) {
    std::size_t number = 1;
    for (const SchemeLaw& s : study.schemes) {
        if (s.scheme == scheme) {
            return scheme == study.baseline ? 0 : number;
        }
        number += s.scheme == study.baseline ? 0 : 1;
    }
    return 0;
}

std::size_t index_of(const Study& study, const std::string& scheme) {
    std::size_t k = 0;
    while (study.schemes[k].scheme != scheme) {
        ++k;
    }
    return k;
}

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
    Figure figure{"laws" + suffix(study), "Laws and points" + at_context(study),
                  "Each point is a finished trial; each line is " +
                      (optimal ? std::string("the lowest loss that the fitted law promises for that compute")
                               : "the fitted law at " + significant(study.options.comparison.tokens_per_parameter, 3) +
                                     " tokens per parameter (some law has no optimum near the trained sizes)") + ", with the " +
                      fixed(100 * study.options.comparison.confidence, 0) + " % interval at each compute.", "", ""};
    std::ostringstream data, plot;
    plot << compute_axis << "set ylabel 'loss [nats per token]'\n";
    int block = 0;
    double low = INFINITY, high = 0;
    std::ostringstream bands, lines, dots;
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        const SchemeLaw& s = study.schemes[k];
        std::size_t number = number_of(study, s.scheme);
        data << "# points of " << name_of_scheme(s.scheme) << ": flops loss parameters tokens seed\n";
        for (const Observation& o : s.observations) {
            data << shortest(o.flops) << " " << shortest(o.loss) << " " << shortest(o.parameters) << " " << shortest(o.tokens) << " " << o.seed << "\n";
            low = std::min(low, o.loss);
            high = std::max(high, o.loss);
        }
        data << "\n\n";
        dots << (block > 0 ? ", \\\n  " : "") << "DATA index " << block << " using 1:2 with points " << point_style(number) << " "
             << (s.fit.usable ? "notitle" : "title \"" + gnuplot_text(name_of_scheme(s.scheme)) + "\"");
        ++block;
        if (!s.fit.usable) {
            continue;
        }
        data << (optimal ? "# frontier of " : "# fixed tokens per parameter of ") << name_of_scheme(s.scheme) << ": flops loss low high parameters tokens\n";
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
        lines << ", \\\n  DATA index " << block << " using 1:2 with lines " << line_style(number) << " title \"" << gnuplot_text(name_of_scheme(s.scheme)) << "\"";
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
    return figure;
}

Figure gap_figure(const Study& study, const Comparison& c) {
    Figure figure{"gap-" + file_part(c.challenger) + suffix(study), c.challenger + " minus " + c.baseline + at_context(study),
                  "Loss of " + c.challenger + " minus loss of " + c.baseline + (c.at_fixed_ratio ? " at " + significant(c.options.tokens_per_parameter, 3) + " tokens per parameter; below zero " : " along the two frontiers; below zero ") + c.challenger +
                      " is ahead. The band holds at all compute of the data at once (" + fixed(100 * c.options.confidence, 0) +
                      " %); grey is beyond the data, dotted lines are plus and minus " + fixed(c.options.delta_nats, 3) +
                      " nats, an upright bar is a crossing with its interval.", "", ""};
    std::size_t base = index_of(study, c.baseline), challenger = index_of(study, c.challenger);
    std::size_t number = std::max<std::size_t>(1, number_of(study, c.challenger));
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
    plot << compute_axis << "set ylabel 'gap [nats per token]'\nset xrange [" << power(c.low_log10_flops) << ":" << power(c.horizon_log10_flops)
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

Figure residual_figure(const Study& study) {
    Figure figure{"residuals" + suffix(study), "Residuals of the laws" + at_context(study),
                  "Predicted over measured loss, in per cent, against parameters and against tokens: a trend would say that the law does not hold. Colours and marks as in the figure of the laws.", "", ""};
    std::ostringstream data, left, right;
    int block = 0;
    double least_n = INFINITY, most_n = 0, least_d = INFINITY, most_d = 0;
    for (const SchemeLaw& s : study.schemes) {
        if (!s.fit.usable) {
            continue;
        }
        std::vector<double> residuals = law_residuals(s.points, s.law);
        data << "# " << name_of_scheme(s.scheme) << ": parameters tokens residual_percent\n";
        for (std::size_t i = 0; i < residuals.size(); ++i) {
            least_n = std::min(least_n, s.observations[i].parameters);
            most_n = std::max(most_n, s.observations[i].parameters);
            least_d = std::min(least_d, s.observations[i].tokens);
            most_d = std::max(most_d, s.observations[i].tokens);
            data << shortest(s.observations[i].parameters) << " " << shortest(s.observations[i].tokens) << " "
                 << shortest(100 * (std::exp(residuals[i]) - 1)) << "\n";
        }
        data << "\n\n";
        std::string style = " with points " + point_style(number_of(study, s.scheme));
        left << ", DATA index " << block << " using 1:3" << style;
        right << ", DATA index " << block << " using 2:3" << style;
        ++block;
    }
    figure.data = data.str();
    figure.script = "DATA = '" + figure.name + ".dat'\nset logscale x\nset format x '10^{%L}'\nset multiplot\n"
                    "unset key\nset size 0.53, 1\nset origin 0, 0\n"
                    "set ylabel 'residual [%]'\nset xlabel 'parameters N'\n" + log_range(least_n, most_n) +
                    "plot 0 with lines lc rgb '#000000' notitle" + left.str() +
                    "\nset origin 0.53, 0\nset size 0.47, 1\nset ylabel\nset xlabel 'tokens D'\n" + log_range(least_d, most_d) +
                    "plot 0 with lines lc rgb '#000000' notitle" + right.str() + "\nunset multiplot\n";
    return figure;
}

}  // namespace overtake
