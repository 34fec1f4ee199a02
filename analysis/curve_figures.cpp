// Figures of single trials: loss curves, loss by position, loss beyond the training length.
#include "analysis/curve_figures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "analysis/largest_trials.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_sizes = 4, most_points = 300, most_lines = 9;

/// Mean held-out loss of a scheme's largest trials at their train length; infinite where it was not evaluated.
double loss_at_train_length(const SchemeTrials& scheme) {
    double sum = 0, count = 0;
    for (const TrialResult* trial : scheme.by_seed) {
        for (const Evaluation& e : trial->evaluations) {
            if (e.context_length == trial->train_length && std::isfinite(e.loss)) {
                sum += e.loss;
                ++count;
            }
        }
    }
    return count > 0 ? sum / count : INFINITY;
}

/// Schemes with finished trials, the baseline first, then in order of appearance: their places are their colours. Of more than
/// `most_lines`, those with the lowest loss.
std::vector<std::string> scheme_order(const Results& results, const std::string& baseline) {
    std::vector<SchemeTrials> others = largest_trials(results);
    std::erase_if(others, [&](const SchemeTrials& s) { return s.scheme == baseline; });
    if (others.size() >= most_lines) {
        std::vector<double> losses;
        for (const SchemeTrials& s : others) {
            losses.push_back(loss_at_train_length(s));
        }
        std::nth_element(losses.begin(), losses.begin() + most_lines - 2, losses.end());
        std::erase_if(others, [&](const SchemeTrials& s) { return loss_at_train_length(s) > losses[most_lines - 2]; });
        others.resize(std::min(others.size(), most_lines - 1));
    }
    std::vector<std::string> order{baseline};
    for (const SchemeTrials& s : others) {
        order.push_back(s.scheme);
    }
    return order;
}

std::vector<CurvePoint> curve_of(const Results& results, const TrialResult& trial) {
    std::vector<CurvePoint> curve;
    for (const std::string& id : trial.path) {
        for (const StageRecord& stage : results.stages) {
            if (stage.id == id) {
                curve.insert(curve.end(), stage.curve.begin(), stage.curve.end());
            }
        }
    }
    return curve;
}

std::string place_name(const TrialResult& t) {
    return t.size + ", N = " + with_unit(static_cast<double>(t.parameters.backbone)) + ", D = " + with_unit(static_cast<double>(t.tokens));
}

struct Series {
    std::size_t number = 0;   // colour
    std::string scheme;
    std::string rows;         // x y [low high]
};

/// One line a scheme; `bars`: rows hold low and high as well.
Figure line_figure(std::string name, std::string title, std::string caption, const std::vector<Series>& series, const std::string& axes, bool bars) {
    Figure figure{std::move(name), std::move(title), std::move(caption), "", axes + "DATA = '"};
    figure.script += figure.name + ".dat'\nplot ";
    for (std::size_t i = 0; i < series.size(); ++i) {
        figure.data += "# " + series[i].scheme + "\n" + series[i].rows + "\n\n";
        const std::string block = "DATA index " + std::to_string(i);
        const std::string style = line_style(series[i].number), points = point_style(series[i].number);
        figure.script += (i > 0 ? ", \\\n  " : "") + block + " using 1:2 with " + (bars ? "linespoints " + points + " " + style.substr(style.find(" lw")) : "lines " + style) +
                         " title \"" + gnuplot_text(series[i].scheme) + "\"";
        if (bars) {
            figure.script += ", \\\n  " + block + " using 1:2:3:4 with yerrorbars " + points + " lw 1 notitle";
        }
    }
    figure.script += "\n";
    std::vector<std::string> names;
    for (const Series& s : series) {
        names.push_back(s.scheme);
    }
    figure.height = height_with_key(names);
    return figure;
}

std::vector<Figure> training_figures(const Results& results, const std::vector<std::string>& order) {
    std::map<std::int64_t, std::map<std::string, const TrialResult*>> best;  // backbone -> scheme -> longest trial of the lowest seed
    for (const TrialResult& t : results.trials) {
        if (t.status != TrialStatus::done || t.scheme.find('+') != std::string::npos) {
            continue;
        }
        const TrialResult*& held = best[t.parameters.backbone][t.scheme];
        if (held == nullptr || t.tokens > held->tokens || (t.tokens == held->tokens && t.seed < held->seed)) {
            held = &t;
        }
    }
    std::vector<Figure> figures;
    for (auto size = best.rbegin(); size != best.rend() && figures.size() < most_sizes; ++size) {
        std::vector<Series> series;
        const TrialResult* any = nullptr;
        double first = INFINITY, last = 0;
        for (std::size_t k = 0; k < order.size(); ++k) {
            auto found = size->second.find(order[k]);
            if (found == size->second.end()) {
                continue;
            }
            any = found->second;
            std::vector<CurvePoint> curve = curve_of(results, *any);
            std::string rows;
            std::size_t step = curve.size() / most_points + 1;
            for (std::size_t i = 0; i < curve.size(); i += step) {
                first = std::min(first, static_cast<double>(curve[i].tokens));
                last = std::max(last, static_cast<double>(curve[i].tokens));
                rows += std::to_string(curve[i].tokens) + " " + shortest(static_cast<double>(curve[i].train_loss)) + "\n";
            }
            if (!rows.empty()) {
                series.push_back({k, order[k], rows});
            }
        }
        if (!series.empty()) {
            figures.push_back(line_figure("curves-" + std::to_string(size->first), "Training loss, " + place_name(*any),
                                          "Training loss of the longest trial of each scheme at this size, lowest seed.", series,
                                          "set logscale x\nset format x '10^{%L}'\n" + log_range(first, last) + "set xlabel 'tokens'\nset ylabel 'training loss [nats per token]'\n", false));
        }
    }
    return figures;
}

/// Finished trials of the most expensive cell of each train length, by scheme.
using Cell = std::map<std::string, std::vector<const TrialResult*>>;

std::map<std::int64_t, Cell> largest_cells(const Results& results) {
    std::map<std::int64_t, double> cost;
    for (const TrialResult& t : results.trials) {
        if (t.status == TrialStatus::done && !t.evaluations.empty()) {
            cost[t.train_length] = std::max(cost[t.train_length], t.six_nd);
        }
    }
    std::map<std::int64_t, Cell> cells;
    for (const TrialResult& t : results.trials) {
        if (t.status == TrialStatus::done && !t.evaluations.empty() && t.six_nd == cost[t.train_length]) {
            cells[t.train_length][t.scheme].push_back(&t);
        }
    }
    return cells;
}

std::string mean_and_range(double x, const std::vector<double>& values) {
    double sum = 0;
    for (double v : values) {
        sum += v;
    }
    auto [low, high] = std::minmax_element(values.begin(), values.end());
    return shortest(x) + " " + shortest(sum / static_cast<double>(values.size())) + " " + shortest(*low) + " " + shortest(*high) + "\n";
}

/// A base-2 axis from `low` to `high` with the train length marked; its label goes where there is room.
std::string length_axis(double low, double high, std::int64_t length) {
    bool room_right = static_cast<double>(length) < std::sqrt(low * high);
    return "set logscale x 2\nset format x '%.0f'\nset offsets 0, 0, graph 0.05, graph 0.1\n" + log_range(low, high) + "set arrow from " + std::to_string(length) + ", graph 0 to " + std::to_string(length) +
           ", graph 1 nohead lc rgb '#777777' lw 1 dt 2\nset label 'train length' at " + std::to_string(length) +
           ", graph 0.97 " + (room_right ? "left offset 0.5, 0" : "right offset -0.5, 0") + " tc rgb '#555555'\n";
}

}  // namespace

std::vector<Figure> curve_figures(const Results& results, const std::string& baseline) {
    std::vector<std::string> order = scheme_order(results, baseline);
    std::vector<Figure> figures = training_figures(results, order);
    const std::size_t finished = largest_trials(results).size();
    for (const auto& [train_length, cell] : largest_cells(results)) {
        std::vector<Series> by_position, by_length;
        std::int64_t longest = 0, lengths = 0, shortest_length = train_length;
        const TrialResult* any = nullptr;
        for (std::size_t k = 0; k < order.size(); ++k) {
            auto found = cell.find(order[k]);
            if (found == cell.end()) {
                continue;
            }
            std::map<std::int64_t, std::vector<double>> lengths_of;
            std::map<double, std::vector<double>> positions_of;
            for (const TrialResult* t : found->second) {
                any = t;
                for (const Evaluation& e : t->evaluations) {
                    if (std::isfinite(e.loss)) {
                        lengths_of[e.context_length].push_back(e.loss);
                        shortest_length = std::min(shortest_length, e.context_length);
                    }
                }
                const Evaluation& last = t->evaluations.back();
                longest = std::max(longest, last.context_length);
                for (std::size_t i = 0; i < last.position_loss.size(); ++i) {
                    double begin = static_cast<double>(last.position_begin[i]);
                    double end = i + 1 < last.position_begin.size() ? static_cast<double>(last.position_begin[i + 1]) : static_cast<double>(last.context_length);
                    if (std::isfinite(last.position_loss[i])) {
                        positions_of[std::sqrt(std::max(begin, 1.0) * std::max(end, 1.0))].push_back(last.position_loss[i]);
                    }
                }
            }
            Series length_series{k, order[k], ""}, position_series{k, order[k], ""};
            for (const auto& [length, losses] : lengths_of) {
                length_series.rows += mean_and_range(static_cast<double>(length), losses);
            }
            for (const auto& [position, losses] : positions_of) {
                position_series.rows += mean_and_range(position, losses);
            }
            lengths = std::max(lengths, static_cast<std::int64_t>(lengths_of.size()));
            if (!length_series.rows.empty()) {
                by_length.push_back(length_series);
            }
            if (!position_series.rows.empty()) {
                by_position.push_back(position_series);
            }
        }
        const std::string where = any == nullptr ? "" : place_name(*any) + ", T = " + std::to_string(train_length);
        if (!by_position.empty()) {
            figures.push_back(line_figure("position-" + std::to_string(train_length), "Loss by position, " + where,
                                          "Held-out loss by position in a window of the longest evaluation length, mean over seeds, bars from the lowest to the highest seed.", by_position,
                                          length_axis(4, static_cast<double>(longest), train_length) + "set xlabel 'position in the window [tokens]'\nset ylabel 'held-out loss [nats per token]'\n", true));
        }
        if (!by_length.empty() && lengths > 1) {
            figures.push_back(line_figure("length-" + std::to_string(train_length), "Loss beyond the training length, " + where,
                                          "Held-out loss at each evaluation length, mean over seeds, bars from the lowest to the highest seed. A scheme that cannot read beyond its train length has no point there.", by_length,
                                          length_axis(static_cast<double>(shortest_length), static_cast<double>(longest), train_length) + "set xlabel 'context length [tokens]'\nset ylabel 'held-out loss [nats per token]'\n", true));
        }
    }
    for (Figure& figure : figures) {
        figure.caption += finished > order.size() ? " Of " + std::to_string(finished) + " schemes, the baseline and those of lowest loss." : "";
    }
    return figures;
}

}  // namespace overtake
