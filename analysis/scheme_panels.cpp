// One scheme's law against its own points: along D at each N, and along N at equal compute.
#include "analysis/scheme_panels.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_sizes = 8;
constexpr int levels = 5, steps = 40;

/// From dark to light, told apart by lightness alone (viridis without its palest part; Smith and van der Walt 2015).
std::string shade(std::size_t k, std::size_t count) {
    constexpr const char* shades[] = {"#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#8fb832", "#c9b400"};
    return shades[count < 2 ? 0 : k * (std::size(shades) - 1) / (count - 1)];
}

std::string marks(std::size_t k) {
    constexpr int points[] = {7, 5, 9, 11, 13, 4, 6, 8};
    return " pt " + std::to_string(points[k % std::size(points)]) + " ps 0.6";
}

struct Span {
    double low = INFINITY, high = -INFINITY;
    void take(double value) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
};

std::string loss_range(const Span& loss) {
    const double margin = 0.05 * (loss.high - loss.low) + 1e-9;
    return "set yrange [" + shortest(loss.low - margin) + ":" + shortest(loss.high + margin) + "]\n";
}

/// At most `most_sizes` of the scheme's sizes, evenly picked, smallest and largest among them.
std::vector<double> sizes_of(const SchemeLaw& s) {
    std::set<double> all;
    for (const Observation& o : s.observations) {
        all.insert(o.parameters);
    }
    const std::vector<double> sorted(all.begin(), all.end());
    if (sorted.size() <= most_sizes) {
        return sorted;
    }
    std::vector<double> picked;
    for (std::size_t k = 0; k < most_sizes; ++k) {
        picked.push_back(sorted[k * (sorted.size() - 1) / (most_sizes - 1)]);
    }
    return picked;
}

}  // namespace

Figure size_panel(const Study& study, std::size_t k) {
    const SchemeLaw& s = study.schemes[k];
    Figure figure{.name = "sizes-" + file_part(shown_name(s.scheme)) + file_suffix(study),
                  .title = "Law of " + shown_name(s.scheme) + at_context(study),
                  .caption = "Loss against training tokens at each size, a point a trial; lines are the law, bands its " + fixed(100 * study.options.comparison.confidence, 0) +
                             " % interval at each point.",
                  .data = "", .script = ""};
    const std::vector<double> sizes = sizes_of(s);
    std::ostringstream data, bands, lines;
    Span tokens, loss;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        Span own;
        data << "# points at N = " << shortest(sizes[i]) << ": tokens loss seed\n";
        for (const Observation& o : s.observations) {
            if (o.parameters == sizes[i]) {
                data << shortest(o.tokens) << " " << shortest(o.loss) << " " << o.seed << "\n";
                own.take(o.tokens);
                tokens.take(o.tokens);
                loss.take(o.loss);
            }
        }
        data << "\n\n# law at N = " << shortest(sizes[i]) << ": tokens loss low high\n";
        for (int step = 0; step <= steps; ++step) {
            const double d = own.low * std::pow(own.high / own.low, static_cast<double>(step) / steps);
            std::vector<double> drawn;
            for (const PowerLaw& law : study.draws.draws[k]) {
                drawn.push_back(law.loss(sizes[i], d));
            }
            const Interval band = percentile_interval(std::move(drawn), study.options.comparison.confidence);
            data << shortest(d) << " " << shortest(s.law.loss(sizes[i], d)) << " " << shortest(band.low) << " " << shortest(band.high) << "\n";
        }
        data << "\n\n";
        const std::string colour = "rgb '" + shade(i, sizes.size()) + "'";
        bands << (i > 0 ? ", \\\n  " : "") << "DATA index " << 2 * i + 1 << " using 1:3:4 with filledcurves fc " << colour << " fs transparent solid 0.2 noborder notitle";
        lines << ", \\\n  DATA index " << 2 * i + 1 << " using 1:2 with lines lc " << colour << " lw 1.5 notitle, DATA index " << 2 * i << " using 1:2 with points lc " << colour
              << marks(i) << " title 'N = " << with_unit(sizes[i]) << "'";
    }
    figure.data = data.str();
    figure.script = "set logscale x\nset format x '10^{%L}'\nset xlabel 'training tokens D'\nset ylabel 'loss [nats per token]'\n" + log_range(tokens.low, tokens.high) + loss_range(loss) +
                    "DATA = '" + figure.name + ".dat'\nplot " + bands.str() + lines.str() + "\n";
    return figure;
}

Figure isoflop_panel(const Study& study, std::size_t k) {
    const SchemeLaw& s = study.schemes[k];
    Figure figure{.name = "isoflop-" + file_part(shown_name(s.scheme)) + file_suffix(study),
                  .title = "Equal compute: " + shown_name(s.scheme) + at_context(study),
                  .caption = "Loss against parameters where all of a curve costs the same. Each trial stands on the curve of the nearest compute, moved there along the law, with its "
                             "own residual; diamonds are the optima of the law.",
                  .data = "", .script = ""};
    Span sizes, tokens, loss;
    for (const Observation& o : s.observations) {
        sizes.take(o.parameters);
        tokens.take(o.tokens);
    }
    const double width = (s.high_log10_flops - s.low_log10_flops) / levels;
    std::vector<std::ostringstream> points(levels);
    const std::vector<double> residuals = law_residuals(s.points, s.law);
    auto level_log10 = [&](int level) { return s.low_log10_flops + (level + 0.5) * width; };
    for (std::size_t i = 0; i < s.observations.size(); ++i) {
        const Observation& o = s.observations[i];
        const int level = width > 0 ? std::clamp(static_cast<int>((std::log10(o.flops) - s.low_log10_flops) / width), 0, levels - 1) : 0;
        const double d = s.cost.tokens(o.parameters, std::pow(10.0, level_log10(level)));
        const double moved = s.law.loss(o.parameters, d) * std::exp(-residuals[i]);
        loss.take(moved);
        points[static_cast<std::size_t>(level)] << shortest(o.parameters) << " " << shortest(moved) << " " << shortest(o.loss) << " " << shortest(o.flops) << "\n";
    }
    std::ostringstream data, lines, dots, optima;
    int block = 0;
    for (int level = 0; level < levels; ++level) {
        const std::string own = points[static_cast<std::size_t>(level)].str();
        if (own.empty()) {
            continue;
        }
        const double flops = std::pow(10.0, level_log10(level));
        data << "# trials moved to C = " << shortest(flops) << ": parameters moved_loss measured_loss flops\n" << own << "\n\n# law at C = " << shortest(flops) << ": parameters loss tokens\n";
        for (int step = 0; step <= steps; ++step) {
            const double n = sizes.low * std::pow(sizes.high / sizes.low, static_cast<double>(step) / steps), d = s.cost.tokens(n, flops);
            if (d > tokens.low / 10 && d < tokens.high * 10) {
                data << shortest(n) << " " << shortest(s.law.loss(n, d)) << " " << shortest(d) << "\n";
            }
        }
        data << "\n\n";
        const FrontierPoint best = frontier(s.law, s.cost, flops);
        if (best.parameters > sizes.low && best.parameters < sizes.high) {
            optima << shortest(best.parameters) << " " << shortest(best.loss) << " " << shortest(flops) << "\n";
        }
        const std::size_t place = static_cast<std::size_t>(block / 2);
        const std::string colour = "rgb '" + shade(static_cast<std::size_t>(level), levels) + "'";
        lines << (block > 0 ? ", \\\n  " : "") << "DATA index " << block + 1 << " using 1:2 with lines lc " << colour << " lw 1.5 notitle";
        dots << ", \\\n  DATA index " << block << " using 1:2 with points lc " << colour << marks(place) << " title 'C = 10^{" << fixed(std::log10(flops), 1) << "}'";
        block += 2;
    }
    if (!optima.str().empty()) {
        data << "# optima of the law: parameters loss flops\n" << optima.str() << "\n\n";
        dots << ", \\\n  DATA index " << block << " using 1:2 with linespoints lc rgb '#D55E00' lw 1.5 dt '-' pt 12 ps 1 title 'optimum'";
    }
    figure.data = data.str();
    figure.script = "set logscale x\nset format x '10^{%L}'\nset xlabel 'parameters N'\nset ylabel 'loss [nats per token]'\n" + log_range(sizes.low, sizes.high) + loss_range(loss) + "DATA = '" +
                    figure.name + ".dat'\nplot " + lines.str() + dots.str() + "\n";
    return figure;
}

}  // namespace overtake
