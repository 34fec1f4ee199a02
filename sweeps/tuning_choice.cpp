// From the losses of a tuning round to each scheme's learning rate and knob.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/tuning.hpp"

namespace overtake {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int rates_beyond = 2, knobs_beyond = 1;  // what a widening adds at an edge
constexpr double least_base = 1.001;

/// One cell under one knob: mean loss of each rate over seeds, and its lowest point.
struct Valley {
    std::map<double, double> loss;  // by rate; infinite where a seed diverged
    double log_rate = 0;            // of the optimum
    double lowest = infinity;       // [nats per token]
    double curvature = 0;           // second derivative of loss in ln rate
    int edge = 0;                   // -1: the lowest rate was best, 1: the highest
};

/// The parabola through three points of (ln rate, loss): where it is lowest, how low, how curved.
void refine(Valley& valley, std::array<std::pair<double, double>, 3> points) {
    const auto [x0, y0] = points[0];
    const auto [x1, y1] = points[1];
    const auto [x2, y2] = points[2];
    const double left = (y1 - y0) / (x1 - x0), right = (y2 - y1) / (x2 - x1);
    const double half_curvature = (right - left) / (x2 - x0);
    if (!std::isfinite(half_curvature) || half_curvature <= 0) {
        return;
    }
    const double x = std::clamp((x0 + x1) / 2 - left / (2 * half_curvature), x0, x2);
    valley.curvature = 2 * half_curvature;
    valley.log_rate = x;
    valley.lowest = y0 + left * (x - x0) + half_curvature * (x - x0) * (x - x1);
}

void find_bottom(Valley& valley) {
    std::vector<std::pair<double, double>> points;
    for (const auto& [rate, loss] : valley.loss) {
        points.emplace_back(std::log(rate), loss);
    }
    const auto lowest = std::min_element(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (lowest == points.end() || !std::isfinite(lowest->second)) {
        return;
    }
    valley.log_rate = lowest->first;
    valley.lowest = lowest->second;
    if (lowest == points.begin()) {
        valley.edge = -1;
    } else if (lowest + 1 == points.end()) {
        valley.edge = 1;
    } else {
        refine(valley, {*(lowest - 1), *lowest, *(lowest + 1)});
    }
}

/// Valleys of one scheme by knob and cell.
std::vector<std::vector<Valley>> valleys_of(const Tuning& tuning, std::size_t scheme, const std::vector<double>& loss) {
    const std::vector<double>& knobs = tuning.schemes[scheme].knobs;
    std::vector<std::vector<Valley>> valleys(knobs.size(), std::vector<Valley>(tuning.cells.size()));
    std::vector<std::vector<std::map<double, std::int64_t>>> seeds(knobs.size(), std::vector<std::map<double, std::int64_t>>(tuning.cells.size()));
    for (std::size_t i = 0; i < tuning.trials.size(); ++i) {
        const TuningTrial& trial = tuning.trials[i];
        if (trial.scheme != scheme) {
            continue;
        }
        const auto knob = static_cast<std::size_t>(std::find(knobs.begin(), knobs.end(), trial.knob) - knobs.begin());
        expects(knob < knobs.size(), "a tuning trial has one of its scheme's knobs");
        valleys[knob][trial.cell].loss[trial.rate] += std::isfinite(loss[i]) ? loss[i] : infinity;
        seeds[knob][trial.cell][trial.rate] += 1;
    }
    for (std::size_t knob = 0; knob < knobs.size(); ++knob) {
        for (std::size_t cell = 0; cell < tuning.cells.size(); ++cell) {
            for (auto& [rate, sum] : valleys[knob][cell].loss) {
                sum /= static_cast<double>(seeds[knob][cell][rate]);
            }
            find_bottom(valleys[knob][cell]);
        }
    }
    return valleys;
}

/// Cells in which at least one knob trained to the end at some rate: those that can choose a knob.
std::vector<bool> telling_cells(const std::vector<std::vector<Valley>>& valleys) {
    std::vector<bool> telling(valleys[0].size());
    for (const std::vector<Valley>& cells : valleys) {
        for (std::size_t cell = 0; cell < cells.size(); ++cell) {
            telling[cell] = telling[cell] || std::isfinite(cells[cell].lowest);
        }
    }
    return telling;
}

/// Over the telling cells; infinite if the knob failed in one of them.
double mean_lowest(const std::vector<Valley>& cells, const std::vector<bool>& telling) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
        if (telling[cell]) {
            sum += cells[cell].lowest;
            count += 1;
        }
    }
    return count == 0 ? infinity : sum / static_cast<double>(count);
}

/// Weighted least squares of y on the columns of x by normal equations; a column without spread gets coefficient 0.
std::array<double, 3> least_squares(const std::vector<std::array<double, 3>>& x, const std::vector<double>& y,
                                    const std::vector<double>& weight) {
    std::array<std::array<double, 4>, 3> system{};
    for (std::size_t row = 0; row < x.size(); ++row) {
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t j = 0; j < 3; ++j) {
                system[i][j] += weight[row] * x[row][i] * x[row][j];
            }
            system[i][3] += weight[row] * x[row][i] * y[row];
        }
    }
    std::array<double, 3> solution{};
    const double scale = system[0][0];
    std::array<bool, 3> used{};
    for (std::size_t pivot = 0; pivot < 3; ++pivot) {
        if (system[pivot][pivot] <= 1e-9 * scale) {
            continue;
        }
        used[pivot] = true;
        for (std::size_t i = 0; i < 3; ++i) {
            if (i == pivot) {
                continue;
            }
            const double factor = system[i][pivot] / system[pivot][pivot];
            for (std::size_t j = pivot; j < 4; ++j) {
                system[i][j] -= factor * system[pivot][j];
            }
        }
    }
    for (std::size_t i = 0; i < 3; ++i) {
        solution[i] = used[i] ? system[i][3] / system[i][i] : 0;
    }
    return solution;
}

std::string three_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

/// The rule over cells, and what the cells' own optima would gain over it.
TunedChoice carry(const Tuning& tuning, const std::vector<Valley>& cells) {
    TunedChoice choice;
    choice.reference_parameters = tuning.reference_parameters;
    double log_tokens = 0;
    for (const TuningCell& cell : tuning.cells) {
        log_tokens += std::log(cell.tokens) / static_cast<double>(tuning.cells.size());
    }
    choice.reference_tokens = std::exp(log_tokens);
    std::vector<std::array<double, 3>> x;
    std::vector<double> y, weight;
    double most_curved = 0;
    for (const Valley& cell : cells) {
        most_curved = std::max(most_curved, cell.curvature);
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (std::isfinite(cells[i].lowest)) {
            x.push_back({1, std::log(tuning.cells[i].parameters / choice.reference_parameters), std::log(tuning.cells[i].tokens) - log_tokens});
            y.push_back(cells[i].log_rate);
            // A valley without curvature (an optimum at an edge) still says which way.
            weight.push_back(most_curved > 0 ? std::max(cells[i].curvature, 0.1 * most_curved) : 1);
        }
    }
    if (x.empty()) {
        choice.flags = "no rate trained to the end";
        return choice;
    }
    const std::array<double, 3> rule = least_squares(x, y, weight);
    choice.rate = std::exp(rule[0]);
    choice.exponent = rule[1];
    choice.tokens_exponent = tuning.by_tokens ? rule[2] : 0;
    double regret = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double off = rule[0] + rule[1] * x[i][1] + choice.tokens_exponent * x[i][2] - y[i];
        regret = std::max(regret, 0.5 * (most_curved > 0 ? weight[i] : 0) * off * off);
    }
    choice.curvature = most_curved;
    choice.gain = regret;
    choice.tokens_slope = rule[2];
    return choice;
}

/// The values that a scheme had, and `count` more on the side of each edge by the step found there. What isn't above `least` is left out.
std::vector<double> widened(const std::vector<double>& values, bool below, bool above, int count, double least) {
    if (values.size() < 2) {
        return values;
    }
    std::vector<double> wider = values;
    const double first_step = values[1] / values[0], last_step = values.back() / values[values.size() - 2];
    for (int step = 1; step <= count; ++step) {
        if (const double value = values.front() * std::pow(first_step, -step); below && value > least) {
            wider.push_back(value);
        }
        if (above) {
            wider.push_back(values.back() * std::pow(last_step, step));
        }
    }
    std::sort(wider.begin(), wider.end());
    return wider;
}

void add_flag(TunedChoice& choice, const std::string& words) { choice.flags += (choice.flags.empty() ? "" : "; ") + words; }

/// How much the best knob gains over its only neighbour; nullopt if it lies inside its range, or is the only one.
std::optional<double> gain_at_knob_edge(const std::vector<std::vector<Valley>>& valleys, const std::vector<bool>& telling, std::size_t best) {
    if (valleys.size() < 2 || (best != 0 && best + 1 != valleys.size())) {
        return std::nullopt;
    }
    return mean_lowest(valleys[best == 0 ? 1 : best - 1], telling) - mean_lowest(valleys[best], telling);
}

}  // namespace

TuningDecision decide_tuning(const Tuning& tuning, const std::vector<double>& loss, double delta_nats, bool may_widen) {
    expects(loss.size() == tuning.trials.size(), "every tuning trial has a loss or NaN");
    TuningDecision decision;
    bool widen = false;
    for (std::size_t scheme = 0; scheme < tuning.schemes.size(); ++scheme) {
        const TuningScheme& tuned = tuning.schemes[scheme];
        const std::vector<std::vector<Valley>> valleys = valleys_of(tuning, scheme, loss);
        const std::vector<bool> telling = telling_cells(valleys);
        std::size_t best = 0;
        for (std::size_t knob = 1; knob < valleys.size(); ++knob) {
            best = mean_lowest(valleys[knob], telling) < mean_lowest(valleys[best], telling) ? knob : best;
        }
        TunedChoice choice = carry(tuning, valleys[best]);
        if (const auto silent = std::count(telling.begin(), telling.end(), false); silent > 0 && choice.flags.empty()) {
            add_flag(choice, "no rate trained to the end in " + std::to_string(silent) + " of " + std::to_string(telling.size()) + " cells");
        }
        choice.position = tuned.position;
        choice.knob_kind = tuned.knob;
        choice.knob = tuned.knobs[best];
        const auto at_edge = [&](int side) {
            return std::any_of(valleys[best].begin(), valleys[best].end(), [&](const Valley& cell) { return cell.edge == side; });
        };
        const bool below = at_edge(-1), above = at_edge(1);
        if (below || above) {
            add_flag(choice, std::string("the ") + (below && above ? "lowest and the highest" : below ? "lowest" : "highest") + " rate was best in a cell");
        }
        const std::optional<double> knob_gain = gain_at_knob_edge(valleys, telling, best);
        const bool knob_at_edge = knob_gain && *knob_gain > delta_nats;
        if (knob_at_edge) {
            add_flag(choice, std::string(name_of(tuned.knob)) + " " + to_text(choice.knob) + " is the edge of its range and gains " +
                                 three_digits(*knob_gain) + " nats over its neighbour");
        }
        decision.choices.push_back(std::move(choice));
        decision.next.rates.push_back(widened(tuned.rates, may_widen && below, may_widen && above, rates_beyond, 0));
        decision.next.knobs.push_back(widened(tuned.knobs, may_widen && knob_at_edge && best == 0, may_widen && knob_at_edge && best != 0, knobs_beyond,
                                              tuned.knob == Knob::base ? least_base : 0));
        widen = widen || decision.next.rates.back() != tuned.rates || decision.next.knobs.back() != tuned.knobs;
    }
    if (!widen) {
        decision.next = {};
    }
    return decision;
}

}  // namespace overtake
