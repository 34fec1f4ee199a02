// All comparisons of a study in one figure: who is ahead at the top of the data, and where lines cross.
#include "analysis/forest_figure.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

struct Row {
    std::string name;
    const Comparison* comparison;
};

/// Colour numbers of figure.hpp, as the verdicts' boxes have them: blue ahead, vermilion behind, green equal, grey unknown.
std::string relation_colour(Relation relation) {
    switch (relation) {
        case Relation::overtakes:
        case Relation::leads: return "#0072B2";
        case Relation::overtaken:
        case Relation::trails: return "#D55E00";
        case Relation::equivalent: return "#009E73";
        case Relation::not_determined: break;
    }
    return "#777777";
}

std::string relation_words(const Comparison& c) {
    std::string words(name_of(c.relation));
    std::replace(words.begin(), words.end(), '-', ' ');
    const bool lost = c.relation != Relation::not_determined && c.family_size > 1 && !c.survives_holm;
    return words + (c.verdict == Verdict::extrapolated ? ", extrapolated" : "") + (lost ? ", not after Holm" : "");
}

std::vector<Row> rows_of(const Study& study, const std::vector<ClassComparison>& classes) {
    std::vector<Row> rows;
    for (const ClassComparison& c : classes) {
        if (!c.comparison.band.gap.empty()) {
            rows.push_back({c.title, &c.comparison});
        }
    }
    std::vector<Row> pairs;
    for (const Comparison& c : study.comparisons) {
        if (!c.band.gap.empty()) {
            pairs.push_back({c.challenger, &c});
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Row& a, const Row& b) { return a.comparison->band.gap.back() < b.comparison->band.gap.back(); });
    rows.insert(rows.end(), pairs.begin(), pairs.end());
    return rows;
}

}  // namespace

std::optional<Figure> forest_figure(const Study& study, const std::vector<ClassComparison>& classes) {
    const std::vector<Row> rows = rows_of(study, classes);
    if (rows.empty()) {
        return std::nullopt;
    }
    const ComparisonOptions& options = rows[0].comparison->options;
    Figure figure{.name = "forest" + file_suffix(study),
                  .title = "All comparisons with " + study.baseline + at_context(study),
                  .caption = "Left: loss less that of " + study.baseline + " at the highest compute that both have, with the " + fixed(100 * options.confidence, 0) +
                             " % band; grey is within " + fixed(options.delta_nats, 3) + " nats. Right: crossings with their intervals, filled where established. Not after Holm: does not survive the correction for the number of pairs.",
                  .data = "", .script = "", .height = 90 + 34 * static_cast<int>(rows.size())};
    std::ostringstream gaps, crossings, labels;
    double least = 0, most = 0, low = INFINITY, high = -INFINITY;
    bool crosses = false;
    gaps << "# gaps: row gap low high colour relation name\n";
    crossings << "\n\n# crossings: log10_flops row low high colour established name\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Comparison& c = *rows[i].comparison;
        const std::string colour = std::to_string(std::stoul(relation_colour(c.relation).substr(1), nullptr, 16));
        gaps << i << " " << shortest(c.band.gap.back()) << " " << shortest(c.band.low.back()) << " " << shortest(c.band.high.back()) << " " << colour << " \"" << relation_words(c) << "\" \""
             << rows[i].name << "\"\n";
        least = std::min(least, c.band.gap.back());
        most = std::max(most, c.band.gap.back());
        low = std::min(low, c.low_log10_flops);
        high = std::max(high, c.horizon_log10_flops);
        labels << "set label \"" << gnuplot_text(rows[i].name + ": " + relation_words(c)) << "\" at graph 0.01, first " << shortest(static_cast<double>(i) - 0.4) << " front font ',13' tc rgb '"
               << relation_colour(c.relation) << "'\n";
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Comparison& c = *rows[i].comparison;
        for (const Crossing& x : c.crossings) {
            crosses = true;
            crossings << shortest(x.log10_flops) << " " << i << " " << shortest(std::max(x.interval.low, low)) << " " << shortest(std::min(x.interval.high, high)) << " "
                      << std::stoul(relation_colour(c.relation).substr(1), nullptr, 16) << " " << (x.established ? 1 : 0) << " \"" << rows[i].name << "\"\n";
        }
    }
    figure.data = gaps.str() + crossings.str() + "\n";
    const double margin = 0.35 * std::max(most - least, 4 * options.delta_nats);
    const std::string last = shortest(static_cast<double>(rows.size()) - 0.4), delta = shortest(options.delta_nats);
    std::ostringstream plot;
    plot << "DATA = '" << figure.name << ".dat'\nset multiplot\nunset key\nunset ytics\nset tmargin at screen 0.99\nset bmargin at screen " << fixed(66.0 / figure.height, 4)
         << "\nset lmargin at screen 0.05\nset rmargin at screen " << (crosses ? "0.59" : "0.95") << "\nset border 1\nset grid noytics\nset xtics font ',13' " << significant(tic_step(most - least + 2 * margin, 5), 3) << "\n"
         << "set yrange [" << last << ":-0.8]\nset xrange [" << shortest(least - margin) << ":" << shortest(most + margin) << "]\nset xlabel 'gap [nats per token]'\n"
         << "set object 1 rectangle from -" << delta << ", graph 0 to " << delta << ", graph 1 fc rgb '#eeeeee' fs solid noborder behind\n"
         << "set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#000000' lw 1\n" << labels.str()
         << "plot DATA index 0 using 2:1:3:4:5 with xerrorbars lc rgb variable lw 2 pt 7 ps 0.7\n";
    if (crosses) {
        plot << "unset label\nunset arrow\nunset object\nset lmargin at screen 0.65\nset rmargin at screen 0.95\nset xrange [" << shortest(low) << ":" << shortest(high)
             << "]\nset format x '10^{%g}'\nset xlabel 'crossing at C [" << options.cost_unit << "]'\nset xtics " << shortest(std::max(1.0, std::ceil((high - low) / 3))) << "\n"
             << "plot DATA index 1 using 1:2:3:4:5 with xerrorbars lc rgb variable lw 2 pt 6 ps 0.8, DATA index 1 using ($6 == 1 ? $1 : NaN):2:5 with points lc rgb variable pt 7 ps 0.8\n";
    }
    plot << "unset multiplot\n";
    figure.script = plot.str();
    return figure;
}

}  // namespace overtake
