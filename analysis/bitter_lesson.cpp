// The bitter-lesson figure.
#include "analysis/bitter_lesson.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/text.hpp"
#include "sweeps/hand_fixed_constants.hpp"

namespace overtake {

namespace {

std::string suffix(const Study& study) {
    return study.context > 0 ? "-" + std::to_string(study.context) : "";
}

double tau_b(const std::vector<double>& x, const std::vector<double>& y) {
    double agree = 0, pairs_x = 0, pairs_y = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t k = i + 1; k < x.size(); ++k) {
            const double a = x[i] - x[k], b = y[i] - y[k];
            agree += a * b > 0 ? 1 : a * b < 0 ? -1 : 0;
            pairs_x += a != 0 ? 1 : 0;
            pairs_y += b != 0 ? 1 : 0;
        }
    }
    return pairs_x > 0 && pairs_y > 0 ? agree / std::sqrt(pairs_x * pairs_y) : 0;
}

constexpr const char* classes[] = {"H", "S", "L", "G", "control", ""};
constexpr const char* class_words[] = {"RoPE's line", "trained constants", "learned forms", "content gates", "controls", "other"};

}  // namespace

std::vector<BitterPoint> bitter_points(const Study& study) {
    std::vector<BitterPoint> points;
    const SchemeLaw* baseline = study.find(study.baseline);
    for (const SchemeLaw& s : study.schemes) {
        const int constants = hand_fixed_constants(s.scheme);
        if (baseline == nullptr || &s == baseline || constants < 0) {
            continue;
        }
        if (const auto line = fit_gap_line(baseline->observations, s.observations, study.options.comparison.confidence)) {
            points.push_back({s.scheme, s.scheme_class, constants, *line});
        }
    }
    std::sort(points.begin(), points.end(),
              [](const BitterPoint& a, const BitterPoint& b) { return a.constants != b.constants ? a.constants < b.constants : a.scheme < b.scheme; });
    return points;
}

std::optional<BitterTrend> bitter_trend(const std::vector<BitterPoint>& points) {
    std::vector<double> constants, slopes;
    for (const BitterPoint& point : points) {
        constants.push_back(point.constants);
        slopes.push_back(point.line.slope);
    }
    if (points.size() < 5 || constants.front() == constants.back()) {
        return std::nullopt;
    }
    BitterTrend trend{tau_b(constants, slopes), 1};
    constexpr int shuffles = 10000;
    int as_far = 0;
    RandomStream random(0, 0);
    for (int i = 0; i < shuffles; ++i) {
        for (std::size_t k = slopes.size() - 1; k > 0; --k) {
            std::swap(slopes[k], slopes[random.below(k + 1)]);
        }
        as_far += std::abs(tau_b(constants, slopes)) >= std::abs(trend.tau) - 1e-12 ? 1 : 0;
    }
    trend.p_value = (as_far + 1.0) / (shuffles + 1.0);
    return trend;
}

Table bitter_lesson_table(const Study& study) {
    Table table{"hand-fixed-constants" + suffix(study),
                "Numbers fixed by hand, and the gap to " + study.baseline + " in nats per token at the cells' mean C with its slope per decade of C (line through paired differences)",
                {"scheme", "class", "constants", "cells", "log10 C", "gap", "slope per decade"}, {}};
    const auto with = [](double value, const Interval& i) { return significant(value, 3) + " [" + significant(i.low, 3) + ", " + significant(i.high, 3) + "]"; };
    for (const BitterPoint& point : bitter_points(study)) {
        table.rows.push_back({point.scheme, point.scheme_class, std::to_string(point.constants), std::to_string(point.line.cells), fixed(point.line.centre, 2),
                              with(point.line.level, point.line.level_interval), with(point.line.slope, point.line.slope_interval)});
    }
    return table;
}

std::optional<Figure> bitter_lesson_figure(const Study& study) {
    const std::vector<BitterPoint> points = bitter_points(study);
    if (points.empty()) {
        return std::nullopt;
    }
    Figure figure{"bitter-lesson" + suffix(study), "Numbers fixed by hand against what compute does" + (study.context > 0 ? " at " + std::to_string(study.context) + " tokens" : std::string()),
                  "Each point is a scheme: how many numbers people fixed in it, its gap to " + study.baseline + " at the mean C (above), and how the gap changes per decade of C (below; under 0: it gains). Lines through "
                  "paired differences of cells, " + fixed(100 * study.options.comparison.confidence, 0) + " % intervals, each for itself.", "", ""};
    if (const auto trend = bitter_trend(points)) {
        figure.caption += " Kendall's tau between constants and slope: " + fixed(trend->tau, 2) + " (p = " + significant(trend->p_value, 2) + " over shuffles; it describes these schemes only).";
    }
    std::ostringstream data, gaps, slopes;
    std::vector<int> taken;
    int block = 0, most = 0;
    for (std::size_t k = 0; k < std::size(classes); ++k) {
        std::ostringstream rows;
        for (const BitterPoint& point : points) {
            if (point.scheme_class != classes[k]) {
                continue;
            }
            const double beside = 0.09 * static_cast<double>(std::count(taken.begin(), taken.end(), point.constants));  // equal counts stand side by side
            taken.push_back(point.constants);
            most = std::max(most, point.constants);
            const GapLine& l = point.line;
            rows << "\"" << gnuplot_text(point.scheme) << "\" " << point.constants << " " << shortest(point.constants + beside) << " " << shortest(l.level) << " " << shortest(l.level_interval.low)
                 << " " << shortest(l.level_interval.high) << " " << shortest(l.slope) << " " << shortest(l.slope_interval.low) << " " << shortest(l.slope_interval.high) << "\n";
        }
        if (rows.str().empty()) {
            continue;
        }
        data << (block > 0 ? "\n\n" : "") << "# " << class_words[k] << ": scheme constants place gap low high slope low high\n" << rows.str();
        const std::string from = "DATA index " + std::to_string(block) + " using ";
        gaps << (block > 0 ? ", \\\n  " : "") << from << "3:4:5:6 with yerrorbars " << point_style(k) << " title \"" << class_words[k] << "\", " << from
             << "3:4:1 with labels left offset 0.6,0.4 font ',9' notitle";
        slopes << (block > 0 ? ", \\\n  " : "") << from << "3:7:8:9 with yerrorbars " << point_style(k) << " notitle, " << from << "3:7:1 with labels left offset 0.6,0.4 font ',9' notitle";
        ++block;
    }
    figure.data = data.str();
    const std::string common = "set xrange [-0.5:" + std::to_string(most + 1) + "]\nset xtics 1\nset tics font ',11'\nset offsets 0, 0, graph 0.12, graph 0.12\n";
    figure.script = "DATA = '" + figure.name + ".dat'\nset multiplot layout 2,1 margins 0.19,0.97,0.17,0.85 spacing 0.08\nset xzeroaxis linetype 1 linecolor rgb '#999999'\n" + common +
                    "set key at screen 0.56,0.99 center top horizontal font ',11'\nset format x ''\nset ylabel 'gap [nats]' font ',12' offset 2\nplot " + gaps.str() +
                    "\nset format x '%g'\nset xlabel 'numbers fixed by hand' font ',12'\nset ylabel 'slope [nats per decade]' font ',12' offset 2\nplot " + slopes.str() + "\nunset multiplot\n";
    return figure;
}

}  // namespace overtake
