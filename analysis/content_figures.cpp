// Figures of what content decides and of what each frequency is used for: gates, temperatures, phases, use.
#include "analysis/content_figures.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_layers = 8;

/// What a figure of one kind of curves says beside its lines.
struct Drawn {
    const char* kind;
    std::string title, caption, axes;  // axes: gnuplot, before the plot
    bool points = false, logarithmic_x = false;
    std::string remark = "";  // a sentence behind the caption, after a space
};

std::string rows(const StructureSeries& s, bool logarithmic_x) {
    std::string out;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
        if (std::isfinite(s.value[i]) && (!logarithmic_x || s.x[i] > 0)) {
            out += shortest(s.x[i]) + " " + shortest(s.value[i]) + "\n";
        }
    }
    return out;
}

/// Evenly spaced layers, the first and the last among them.
std::set<std::int64_t> shown_layers(const std::vector<const StructureSeries*>& curves) {
    std::vector<std::int64_t> all;
    for (const StructureSeries* s : curves) {
        if (all.empty() || all.back() != s->layer) {
            all.push_back(s->layer);
        }
    }
    std::set<std::int64_t> shown;
    for (std::size_t k = 0; k < std::min(all.size(), most_layers); ++k) {
        shown.insert(all[all.size() <= most_layers ? k : k * (all.size() - 1) / (most_layers - 1)]);
    }
    return shown;
}

std::optional<Figure> layered_figure(const LearnedScheme& scheme, const std::string& source, const Drawn& drawn) {
    const std::vector<const StructureSeries*> curves = series_of(scheme.seeds[0], drawn.kind, source);
    const std::set<std::int64_t> layers = shown_layers(curves);
    Figure figure{.name = std::string(drawn.kind) + "-" + file_part(source) + "-" + file_part(scheme.scheme), .title = drawn.title + ": " + scheme.scheme,
                  .caption = drawn.caption + ", seed " + std::to_string(scheme.seeds[0].seed) + ", a colour a layer, a line a head." + drawn.remark, .data = "", .script = ""};
    std::vector<std::string> names;
    std::int64_t last = -2;
    int block = 0;
    for (const StructureSeries* s : curves) {
        const std::string own = layers.contains(s->layer) ? rows(*s, drawn.logarithmic_x) : std::string();
        if (own.empty()) {
            continue;
        }
        if (s->layer != last) {
            names.push_back(s->layer < 0 ? "all layers" : "layer " + std::to_string(s->layer));
        }
        figure.data += "# " + names.back() + (s->head < 0 ? "" : ", head " + std::to_string(s->head)) + ": x value\n" + own + "\n\n";
        figure.script += std::string(block > 0 ? ", \\\n  " : "") + "DATA index " + std::to_string(block) + " using 1:2 with " + (drawn.points ? "linespoints pt 7 ps 0.4" : "lines") +
                         " lc rgb '" + colour(names.size()) + "' lw 1.2 " + (s->layer != last ? "title '" + names.back() + "'" : "notitle");
        last = s->layer;
        ++block;
    }
    if (block == 0) {
        return std::nullopt;
    }
    figure.height = height_with_key(names);
    figure.script = drawn.axes + "DATA = '" + figure.name + ".dat'\nplot " + figure.script + "\n";
    return figure;
}

Drawn gate_of(const std::string& name) {
    const std::string what = name == "kept"      ? "Share of an earlier key's weight that a token lets pass"
                             : name == "counted" ? "How much of a position a key counts for"
                             : name == "beta"    ? "How far a token's matrix reflects (0: not at all, 2: wholly)"
                             : name == "pace"    ? "How fast a token turns the pairs, over RoPE's pace"
                                                 : "Value of the gate";
    const std::string axis = name == "pace" ? "pace" : name == "beta" ? "beta" : "gate";
    return {.kind = "gate", .title = name == "pace" ? "Paces" : "Gates",
            .caption = what + ": quantiles over held-out text",
            .axes = "set xlabel 'share of the text'\nset ylabel '" + axis + "'\nset xrange [0:1]\n", .points = false, .logarithmic_x = false,
            .remark = " A flat line: the same for all content."};
}

}  // namespace

std::vector<Figure> content_figures(const LearnedScheme& scheme) {
    const std::string frequency = "set logscale x\nset format x '10^{%L}'\nset xlabel 'frequency [radians per token]'\nset autoscale xfix\n";
    std::vector<Figure> figures;
    const auto add = [&](const Drawn& drawn, const std::string& source) {
        if (std::optional<Figure> figure = layered_figure(scheme, source, drawn)) {
            figures.push_back(std::move(*figure));
        }
    };
    for (const std::string& gate : sources_of(scheme, "gate")) {
        add(gate_of(gate), gate);
    }
    add({.kind = "temperature", .title = "Temperature of the logits", .caption = "Factor of the products of queries and keys where that many keys are visible",
         .axes = "set logscale x 2\nset format x '%.0f'\nset xlabel 'visible keys'\nset ylabel 'factor'\nset autoscale xfix\n", .points = false, .logarithmic_x = true},
        "logits");
    add({.kind = "use", .title = "What frequencies are used",
         .caption = "Share of each pair of channels in the lengths of queries and keys, over its frequency", .axes = frequency + "set ylabel 'share'\nset yrange [0:*]\n",
         .points = true, .logarithmic_x = true},
        "rotation");
    add({.kind = "phase", .title = "Phases", .caption = "By how much each channel's angle was moved", .axes = frequency + "set ylabel 'phase [radians]'\n", .points = true, .logarithmic_x = true},
        "rotation");
    return figures;
}

}  // namespace overtake
