// What was measured where most schemes met: loss less the baseline's in one cell, without any law.
#include "analysis/cell_figure.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

struct Row {
    std::string scheme;
    std::vector<double> gaps;  // a seed each
    double mean = 0;
};

using Losses = std::map<std::int64_t, double>;  // by seed

Losses losses_in(const SchemeLaw& scheme, const std::string& cell) {
    Losses losses;
    for (const Observation& o : scheme.observations) {
        if (o.cell == cell) {
            losses.emplace(o.seed, o.loss);
        }
    }
    return losses;
}

std::vector<Row> rows_in(const Study& study, const Losses& baseline, const std::string& cell) {
    std::vector<Row> rows;
    for (const SchemeLaw& s : study.schemes) {
        Row row{s.scheme, {}, 0};
        for (const auto& [seed, loss] : losses_in(s, cell)) {
            if (const auto base = baseline.find(seed); base != baseline.end() && s.scheme != study.baseline) {
                row.gaps.push_back(loss - base->second);
                row.mean += row.gaps.back();
            }
        }
        if (!row.gaps.empty()) {
            row.mean /= static_cast<double>(row.gaps.size());
            rows.push_back(std::move(row));
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.mean < b.mean; });
    return rows;
}

}  // namespace

std::optional<Figure> cell_figure(const Study& study) {
    const SchemeLaw* base = study.find(study.baseline);
    if (base == nullptr) {
        return std::nullopt;
    }
    std::vector<Row> rows;
    const Observation* at = nullptr;
    std::map<std::string, bool> seen;
    for (const Observation& o : base->observations) {
        if (seen[o.cell]) {
            continue;
        }
        seen[o.cell] = true;
        std::vector<Row> own = rows_in(study, losses_in(*base, o.cell), o.cell);
        if (own.size() > rows.size() || (at != nullptr && own.size() == rows.size() && o.flops > at->flops)) {
            rows = std::move(own);
            at = &o;
        }
    }
    if (rows.empty()) {
        return std::nullopt;
    }
    std::size_t seeds = 0, longest = 0;
    double low = 0, high = 0;
    std::ostringstream points, means, names;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        seeds = std::max(seeds, rows[i].gaps.size());
        longest = std::max(longest, rows[i].scheme.size());
        for (const double gap : rows[i].gaps) {
            points << shortest(gap) << " " << i << "\n";
            low = std::min(low, gap);
            high = std::max(high, gap);
        }
        means << shortest(rows[i].mean) << " " << i << " " << rows[i].scheme << "\n";
        names << (i > 0 ? ", " : "") << "\"" << gnuplot_tic(rows[i].scheme) << "\" " << i;
    }
    double base_loss = 0;
    const Losses base_losses = losses_in(*base, at->cell);
    for (const auto& [seed, loss] : base_losses) {
        base_loss += loss / static_cast<double>(base_losses.size());
    }
    Figure figure{.name = "cell" + file_suffix(study),
                  .title = "Measured, N = " + with_unit(at->parameters) + ", D = " + with_unit(at->tokens) + at_context(study),
                  .caption = "Loss less that of " + study.baseline + " (" + fixed(base_loss, 4) + " nats per token) in the same cell and seed, no law: " +
                             (seeds > 1 ? "a point a seed, a bar at their mean." : "one seed, which describes and decides nothing."),
                  .data = "# seeds: gap row\n" + points.str() + "\n\n# means: gap row scheme\n" + means.str() + "\n", .script = "",
                  .height = 84 + 18 * static_cast<int>(rows.size())};
    const double margin = 0.06 * (high - low) + 1e-9, left = std::min(0.5, 0.04 + 0.0145 * static_cast<double>(longest));
    figure.script = "DATA = '" + figure.name + ".dat'\nunset key\nset lmargin at screen " + fixed(left, 3) + "\nset rmargin at screen 0.97\nset bmargin at screen " +
                    fixed(62.0 / figure.height, 4) + "\nset tmargin at screen 0.99\nset ytics font ',13' (" + names.str() + ")\nset yrange [" + shortest(static_cast<double>(rows.size()) - 0.4) + ":-0.6]\nset xrange [" +
                    shortest(low - margin) + ":" + shortest(high + margin) + "]\nset xlabel 'loss less that of " + gnuplot_text(study.baseline) +
                    " [nats per token]'\nset arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#000000' lw 1\n" +
                    "plot DATA index 0 using 1:2 with points lc rgb '#0072B2' pt 7 ps 0.5" +
                    (seeds > 1 ? ", DATA index 1 using 1:2:(0):(0.38) with vectors nohead lc rgb '#D55E00' lw 2, DATA index 1 using 1:2:(0):(-0.38) with vectors nohead lc rgb '#D55E00' lw 2" : std::string()) + "\n";
    return figure;
}

}  // namespace overtake
