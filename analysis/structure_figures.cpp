// Figures of what position parameters became: spectra, frequencies, biases over lag, similarities, agreement between seeds.
#include "analysis/structure_figures.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "analysis/content_figures.hpp"
#include "analysis/learned_series.hpp"
#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_heads = 8;

std::string rows(const StructureSeries& s, double least_x) {
    std::string out;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
        if (s.x[i] > least_x && std::isfinite(s.value[i])) {
            out += shortest(s.x[i]) + " " + shortest(s.value[i]) + "\n";
        }
    }
    return out;
}

std::string band_rows(const StructureSeries& middle, const StructureSeries& half) {
    std::string out;
    for (std::size_t i = 0; i < std::min(middle.x.size(), half.x.size()); ++i) {
        if (middle.x[i] > 0 && std::isfinite(half.value[i])) {
            out += shortest(middle.x[i]) + " " + shortest(middle.value[i] - half.value[i]) + " " + shortest(middle.value[i] + half.value[i]) + "\n";
        }
    }
    return out;
}

std::string source_words(const std::string& source) { return source == "input" ? "table" : source == "attention-input" ? "attention's input" : source == "waves" ? "the waves it mixes" : source; }

std::string seeds_words(std::size_t count) { return count == 1 ? "one seed" : "a line a seed (" + std::to_string(count) + ")"; }

std::optional<Figure> spectrum_figure(const LearnedScheme& scheme, const std::string& source) {
    Figure figure{.name = "spectrum-" + file_part(source) + "-" + file_part(scheme.scheme),
                  .title = "Spectrum of positions: " + scheme.scheme + ", " + source_words(source),
                  .caption = "Share of power by frequency along the position axis, mean over layers and heads, " + seeds_words(scheme.seeds.size()),
                  .data = "", .script = ""};
    const StructureSeries low = mean_series(scheme.seeds[0], "spectrum-null-low", source), high = mean_series(scheme.seeds[0], "spectrum-null-high", source);
    int block = 0;
    const bool beside_chance = !low.x.empty() && low.x.size() == high.x.size();
    figure.caption += beside_chance ? "; grey is where 95 % of shuffled rows lie, dashed their mean. A comb of peaks above it is periodic structure." : ".";
    if (beside_chance) {
        figure.data += "# shuffled: radians_per_token low high\n";
        for (std::size_t i = 0; i < low.x.size(); ++i) {
            if (low.x[i] > 0) {
                figure.data += shortest(low.x[i]) + " " + shortest(low.value[i]) + " " + shortest(high.value[i]) + "\n";
            }
        }
        figure.data += "\n\n# shuffled, mean: radians_per_token share\n" + rows(mean_series(scheme.seeds[0], "spectrum-null", source), 0) + "\n\n";
        figure.script = "DATA index 0 using 1:2:3 with filledcurves fc rgb '#999999' fs transparent solid 0.35 noborder title 'shuffled', \\\n"
                        "  DATA index 1 using 1:2 with lines lc rgb '#555555' lw 1 dt '-' notitle";
        block = 2;
    }
    for (std::size_t k = 0; k < scheme.seeds.size(); ++k) {
        const std::string own = rows(mean_series(scheme.seeds[k], "spectrum", source), 0);
        if (!own.empty()) {
            figure.data += "# seed " + std::to_string(scheme.seeds[k].seed) + ": radians_per_token share\n" + own + "\n\n";
            figure.script += std::string(block > 0 ? ", \\\n  " : "") + "DATA index " + std::to_string(block) + " using 1:2 with lines " + line_style(k + 1) + " title 'seed " +
                             std::to_string(scheme.seeds[k].seed) + "'";
            ++block;
        }
    }
    figure.script = "set logscale xy\nset autoscale xfix\nset format y '10^{%L}'\nset xlabel 'frequency [radians per token]'\nset ylabel 'share of power'\nDATA = '" + figure.name + ".dat'\nplot " +
                    figure.script + "\n";
    return figure.data.find("# seed") == std::string::npos ? std::nullopt : std::optional(figure);
}

/// Base of a grid theta_j = c base^(-j / J) that runs through the first and the last value.
double base_of(const StructureSeries& grid) {
    const double pairs = static_cast<double>(grid.value.size());
    return pairs < 2 ? std::nan("") : std::exp(std::log(grid.value.front() / grid.value.back()) * pairs / (pairs - 1));
}

/// Rows "pair value octaves", the last against the same pair of `start`; a pair without rotation has none.
std::string frequency_rows(const StructureSeries& s, const StructureSeries* start) {
    std::string out;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
        const bool compared = start != nullptr && i < start->value.size() && s.value[i] > 0;
        if (s.value[i] > 0) {
            out += shortest(s.x[i]) + " " + shortest(s.value[i]) + " " + (compared ? shortest(std::log2(s.value[i] / start->value[i])) : "NaN") + "\n";
        }
    }
    return out;
}

std::optional<Figure> frequency_figure(const LearnedScheme& scheme) {
    Figure figure{.name = "frequencies-" + file_part(scheme.scheme), .title = "Learned frequencies: " + scheme.scheme, .caption = "", .data = "", .script = "", .height = 480};
    const std::vector<const StructureSeries*> starts = series_of(scheme.seeds[0], "frequencies-start", "rotation");
    const StructureSeries* start = starts.empty() ? nullptr : starts[0];
    std::string bases, above, below;
    int block = 0;
    std::size_t pairs = 0;
    double lowest = 0, highest = 0;  // octaves
    const auto add = [&](const std::string& name, const std::string& own, const std::string& style, const std::string& title) {
        figure.data += "# " + name + ": pair radians_per_token octaves_from_start\n" + own + "\n\n";
        const std::string data = std::string(block > 0 ? ", \\\n  " : "") + "DATA index " + std::to_string(block) + " using 1:";
        above += data + "2 " + style + " " + title;
        below += data + "3 " + style + " notitle";
        ++block;
    };
    for (std::size_t k = 0; k < scheme.seeds.size(); ++k) {
        std::string own;
        for (const StructureSeries* s : series_of(scheme.seeds[k], "frequencies", "rotation")) {
            own += frequency_rows(*s, start);
            pairs = std::max(pairs, s->x.size());
            for (std::size_t i = 0; start != nullptr && i < std::min(s->value.size(), start->value.size()); ++i) {
                const double octaves = s->value[i] > 0 ? std::log2(s->value[i] / start->value[i]) : 0;
                lowest = std::min(lowest, octaves);
                highest = std::max(highest, octaves);
            }
        }
        if (own.empty()) {
            continue;
        }
        const std::string seed = "seed " + std::to_string(scheme.seeds[k].seed);
        if (const auto fits = series_of(scheme.seeds[k], "frequencies-fit", "rotation"); !fits.empty()) {
            bases += (bases.empty() ? "" : ", ") + significant(base_of(*fits[0]), 4);
            add("best grid of " + seed, frequency_rows(*fits[0], start), "with lines lc rgb '" + colour(k + 1) + "' lw 1 dt '-'", "notitle");
        }
        add(seed + ", all sets", own, "with points " + point_style(k + 1), "title '" + seed + "'");
    }
    if (block == 0) {
        return std::nullopt;
    }
    if (start != nullptr) {
        add("RoPE's grid, where training started", frequency_rows(*start, start), "with lines lc rgb '#000000' lw 1.5", "title \"RoPE's grid\"");
    }
    figure.caption = "Frequency of each pair of channels, all layers and heads that have their own, and below its distance from the grid at which training started (black); dashed is the best grid of each seed" +
                     (bases.empty() ? std::string() : " (effective base " + bases + ")") + ".";
    figure.script = "DATA = '" + figure.name + ".dat'\nset multiplot\nset lmargin at screen 0.2\nset rmargin at screen 0.97\nset xrange [-0.5:" + shortest(static_cast<double>(pairs) - 0.5) +
                    "]\nset tmargin at screen 0.9\nset bmargin at screen 0.45\nset logscale y\nset format y '10^{%L}'\nset format x ''\nset ylabel 'radians per token'\nplot " + above +
                    "\nset tmargin at screen 0.42\nset bmargin at screen 0.13\nunset logscale y\nset format y '%g'\nset format x '%g'\nset xlabel 'pair j'\nset ylabel 'octaves from start'\nset ytics " +
                    shortest(tic_step(std::max(highest - lowest, 1e-3), 4)) + "\nplot " + below +
                    "\nunset multiplot\n";
    return figure;
}

std::optional<Figure> bias_figure(const LearnedScheme& scheme, const std::string& source) {
    std::vector<const StructureSeries*> heads = series_of(scheme.seeds[0], "bias", source);
    if (heads.empty()) {
        return std::nullopt;
    }
    std::erase_if(heads, [layer = heads[0]->layer](const StructureSeries* s) { return s->layer != layer; });
    heads.resize(std::min(heads.size(), most_heads));
    const std::vector<const StructureSeries*> fits = series_of(scheme.seeds[0], "bias-fit", source);
    Figure figure{.name = "bias-" + file_part(source) + "-" + file_part(scheme.scheme),
                  .title = "Bias over lag: " + scheme.scheme + (source == "content" ? ", mean over contents" : "") + (heads[0]->layer < 0 ? "" : ", layer " + std::to_string(heads[0]->layer)),
                  .caption = "What the scheme adds to the logit of a key that many tokens back, less what it adds at no lag, seed " + std::to_string(scheme.seeds[0].seed) +
                             ", a colour a head; dashed is the fitted family that the key names" + (scheme.seeds.size() > 1 ? ", dotted the same heads of the other seeds." : "."),
                  .data = "", .script = ""};
    const std::vector<const StructureSeries*> spreads = series_of(scheme.seeds[0], "bias-spread", source);
    figure.caption += spreads.empty() ? "" : " Bands: one standard deviation over contents on either side.";
    int block = 0;
    std::vector<std::string> names;
    const auto add = [&](const std::string& name, const StructureSeries& s, const std::string& style) {
        figure.data += "# " + name + ": lag bias\n" + rows(s, 0) + "\n\n";
        figure.script += ", \\\n  DATA index " + std::to_string(block++) + " using 1:2 with lines " + style;
    };
    for (std::size_t k = 0; k < heads.size(); ++k) {
        const auto same = [head = heads[k]](const StructureSeries* s) { return s->layer == head->layer && s->head == head->head; };
        const std::string name = heads[k]->head < 0 ? "all heads" : "head " + std::to_string(heads[k]->head), shade = "lc rgb '" + colour(k + 1) + "'";
        const auto fit = std::find_if(fits.begin(), fits.end(), same);
        names.push_back(name + (fit == fits.end() ? "" : ": " + (*fit)->family));
        if (const auto spread = std::find_if(spreads.begin(), spreads.end(), same); spread != spreads.end()) {
            figure.data += "# " + name + ", one deviation: lag low high\n" + band_rows(*heads[k], **spread) + "\n\n";
            figure.script += ", \\\n  DATA index " + std::to_string(block++) + " using 1:2:3 with filledcurves fc rgb '" + colour(k + 1) + "' fs transparent solid 0.12 noborder notitle";
        }
        add(name, *heads[k], shade + " lw 2 title '" + names.back() + "'");
        if (fit != fits.end()) {
            add(name + ", fit " + (*fit)->family, **fit, shade + " lw 1.5 dt '-' notitle");
        }
        for (std::size_t other = 1; other < scheme.seeds.size(); ++other) {
            const std::vector<const StructureSeries*> theirs = series_of(scheme.seeds[other], "bias", source);
            if (const auto found = std::find_if(theirs.begin(), theirs.end(), same); found != theirs.end()) {
                add(name + ", seed " + std::to_string(scheme.seeds[other].seed), **found, shade + " lw 1 dt '.' notitle");
            }
        }
    }
    figure.height = height_with_key(names);
    figure.script = "set logscale x 2\nset format x '%.0f'\nset xlabel 'lag [tokens]'\nset ylabel 'bias less that at lag 0 [logits]'\nDATA = '" + figure.name + ".dat'\nplot " +
                    figure.script.substr(figure.script.find("DATA")) + "\n";
    return figure;
}

std::optional<Figure> similarity_figure(const LearnedScheme& scheme, const std::string& source) {
    const std::vector<const StructureSeries*> found = series_of(scheme.seeds[0], "similarity", source);
    const std::size_t side = found.empty() ? 0 : static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(found[0]->value.size()))));
    if (side < 2) {
        return std::nullopt;
    }
    const StructureSeries& s = *found[0];
    Figure figure{.name = "similarity-" + file_part(source) + "-" + file_part(scheme.scheme),
                  .title = "Similarity of positions: " + scheme.scheme + ", " + source_words(source),
                  .caption = "Cosine similarity of what the scheme says of two positions, seed " + std::to_string(scheme.seeds[0].seed) +
                             (s.layer < 0 ? "" : ", layer " + std::to_string(s.layer)) + ". Stripes along the diagonal: only the distance counts (Toeplitz).",
                  .data = "# position position similarity\n", .script = "", .height = 420};
    for (std::size_t i = 0; i < side; ++i) {
        for (std::size_t j = 0; j < side; ++j) {
            figure.data += shortest(s.x[i]) + " " + shortest(s.x[j]) + " " + shortest(s.value[i * side + j]) + "\n";
        }
        figure.data += "\n";
    }
    figure.script = "set size square\nunset key\nunset grid\nset border 15\nset palette defined (-1 '#0072B2', 0 '#ffffff', 1 '#D55E00')\nset cbrange [-1:1]\nset cblabel 'cosine'\n"
                    "set xlabel 'position [tokens]'\nset ylabel 'position [tokens]'\nset autoscale xfix\nset autoscale yfix\nplot '" + figure.name + ".dat' using 1:2:3 with image\n";
    return figure;
}

std::optional<Figure> strength_figure(const LearnedScheme& scheme) {
    Figure figure{.name = "strength-" + file_part(scheme.scheme), .title = "Strength of each part: " + scheme.scheme,
                  .caption = "How much of each part training kept, by layer, " + seeds_words(scheme.seeds.size()) + " a part.", .data = "", .script = ""};
    int block = 0;
    const std::vector<std::string> sources = sources_of(scheme, "strength");
    for (std::size_t k = 0; k < sources.size(); ++k) {
        for (const LearnedSeed& seed : scheme.seeds) {
            for (const StructureSeries* s : series_of(seed, "strength", sources[k])) {
                figure.data += "# " + sources[k] + ", seed " + std::to_string(seed.seed) + ": layer strength\n" + rows(*s, -1) + "\n\n";
                figure.script += ", \\\n  DATA index " + std::to_string(block++) + " using 1:2 with linespoints " + point_style(k + 1) + " lw 1.5 " +
                                 (&seed == &scheme.seeds[0] ? "title '" + sources[k] + "'" : "notitle");
            }
        }
    }
    if (block == 0) {
        return std::nullopt;
    }
    figure.script = "set xlabel 'layer'\nset ylabel 'strength'\nset autoscale xfix\nset offsets 0.3, 0.3, graph 0.05, graph 0.05\nset xtics 1\nDATA = '" + figure.name + ".dat'\nplot " +
                    figure.script.substr(figure.script.find("DATA")) + "\n";
    return figure;
}

std::optional<Figure> agreement_figure(const std::vector<LearnedScheme>& schemes) {
    struct Row {
        std::string name, points;
    };
    std::vector<Row> all;
    for (const LearnedScheme& scheme : schemes) {
        for (const auto& [kind, words] : {std::pair{"frequencies", "frequencies"}, {"bias", "biases"}, {"similarity", "similarities"}}) {
            Row row{scheme.scheme + ", " + words, ""};
            for (std::size_t a = 0; a < scheme.seeds.size(); ++a) {
                for (std::size_t b = a + 1; b < scheme.seeds.size(); ++b) {
                    const double r = seed_agreement(scheme.seeds[a], scheme.seeds[b], kind);
                    row.points += std::isfinite(r) ? shortest(r) + " " + std::to_string(all.size()) + " " + std::to_string(scheme.seeds[a].seed) + " " + std::to_string(scheme.seeds[b].seed) + "\n" : "";
                }
            }
            if (!row.points.empty()) {
                all.push_back(std::move(row));
            }
        }
    }
    if (all.empty()) {
        return std::nullopt;
    }
    Figure figure{.name = "seed-agreement", .title = "Do seeds learn the same?",
                  .caption = "Correlation between two seeds of one scheme, a point a pair of seeds: of frequencies (as logarithms), of biases over lag, of similarities between positions.",
                  .data = "# correlation row seed seed\n", .script = "", .height = 84 + 20 * static_cast<int>(all.size())};
    std::ostringstream names;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        figure.data += all[i].points;
        names << (i > 0 ? ", " : "") << "\"" << gnuplot_tic(all[i].name) << "\" " << i;
        longest = std::max(longest, all[i].name.size());
    }
    figure.script = "unset key\nset lmargin at screen " + fixed(std::min(0.55, 0.04 + 0.0145 * static_cast<double>(longest)), 3) + "\nset rmargin at screen 0.96\nset bmargin at screen " +
                    fixed(62.0 / figure.height, 4) + "\nset tmargin at screen 0.98\nset ytics font ',13' (" + names.str() + ")\nset yrange [" + shortest(static_cast<double>(all.size()) - 0.4) +
                    ":-0.6]\nset xrange [*<-0.05:1.02]\nset xlabel 'correlation between seeds'\nplot '" + figure.name + ".dat' using 1:2 with points lc rgb '#0072B2' pt 7 ps 0.8\n";
    return figure;
}

}  // namespace

std::vector<Figure> structure_figures(const Results& results) {
    std::vector<Figure> figures;
    const auto add = [&](std::optional<Figure> figure) {
        if (figure) {
            figures.push_back(std::move(*figure));
        }
    };
    const std::vector<LearnedScheme> schemes = learned_schemes(results);
    for (const LearnedScheme& scheme : schemes) {
        for (const std::string& source : sources_of(scheme, "spectrum")) {
            add(spectrum_figure(scheme, source));
        }
        for (const std::string& source : sources_of(scheme, "similarity")) {
            add(similarity_figure(scheme, source));
        }
        add(frequency_figure(scheme));
        for (const std::string& source : sources_of(scheme, "bias")) {
            add(bias_figure(scheme, source));
        }
        add(strength_figure(scheme));
        for (Figure& figure : content_figures(scheme)) {
            figures.push_back(std::move(figure));
        }
    }
    add(agreement_figure(schemes));
    return figures;
}

}  // namespace overtake
