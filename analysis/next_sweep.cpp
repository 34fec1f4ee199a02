// Proposed trials as a sweep file that `overtake run` accepts.
#include "analysis/next_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>

#include "analysis/text.hpp"
#include "sweeps/axis_values.hpp"
#include "sweeps/document.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/trial_results.hpp"
#include "sweeps/tuning.hpp"

namespace overtake {

namespace {

/// A value as TOML writes it on one line.
std::string as_toml(const DocumentNode& node) {
    if (const auto* flag = node.as<bool>()) {
        return *flag ? "true" : "false";
    }
    if (const auto* integer = node.as<std::int64_t>()) {
        return std::to_string(*integer);
    }
    if (const auto* number = node.as<double>()) {
        std::string text = shortest(*number);
        return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
    }
    if (const auto* text = node.as<std::string>()) {
        std::string quoted = "\"";
        for (char c : *text) {
            quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
        }
        return quoted + "\"";
    }
    std::string out;
    if (const auto* array = node.as<DocumentNode::Array>()) {
        for (const DocumentNode& item : *array) {
            out += (out.empty() ? "" : ", ") + as_toml(item);
        }
        return "[" + out + "]";
    }
    if (const auto* table = node.as<DocumentNode::Table>()) {
        for (const DocumentEntry& entry : *table) {
            out += (out.empty() ? "" : ", ") + entry.key + " = " + as_toml(entry.node);
        }
    }
    return "{" + out + "}";
}

/// Sizes by label, positions by scheme and options and by scheme alone, as the grid wrote them.
struct WrittenAxes {
    std::map<std::string, std::string> sizes;
    std::map<std::pair<std::string, std::string>, std::string> positions;
    std::map<std::string, std::vector<std::string>> of_scheme;
};

void read_axes(const DocumentNode& table, Complaints& complaints, WrittenAxes& out) {
    for (const DocumentEntry& entry : *table.as<DocumentNode::Table>()) {
        const auto* array = entry.node.as<DocumentNode::Array>();
        const std::vector<DocumentNode> items = array != nullptr ? *array : std::vector<DocumentNode>{entry.node};
        const std::optional<Axis> axis = find_axis(entry.key);
        for (const DocumentNode& item : items) {
            if (entry.key == "zip" && item.as<DocumentNode::Table>() != nullptr) {
                read_axes(item, complaints, out);
            } else if (axis == Axis::size) {
                if (auto value = parse_axis_value(*axis, item, complaints)) {
                    out.sizes.emplace(value->text, as_toml(item));
                }
            } else if (axis == Axis::position) {
                if (auto value = parse_axis_value(*axis, item, complaints)) {
                    const auto& choice = std::get<PositionChoice>(value->value);
                    TrialConfig config;
                    config.position = choice.position;
                    config.extension = choice.extension;
                    out.positions.emplace(std::pair(config.scheme_name(), describe_options(config)), as_toml(item));
                    out.of_scheme[config.scheme_name()].push_back(as_toml(item));
                }
            }
        }
    }
}

/// Whether a line begins the table or array `grid`, or another one; nullopt: no header.
std::optional<bool> begins_grid(const std::string& line) {
    std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] != '[') {
        return std::nullopt;
    }
    std::size_t name = line.find_first_not_of("[ \t", first), end = line.find_first_of(" \t].", name);
    bool is_header = name != std::string::npos && end != std::string::npos && (std::isalpha(static_cast<unsigned char>(line[name])) != 0);
    return is_header ? std::optional(line.substr(name, end - name) == "grid") : std::nullopt;
}

std::string without_grid(const std::string& text) {
    std::istringstream lines(text);
    std::string out;
    bool inside = false, found = false;
    for (std::string line; std::getline(lines, line);) {
        if (auto grid = begins_grid(line)) {
            inside = *grid;
            found = found || inside;
        }
        out += inside ? "" : line + "\n";
    }
    if (!found) {
        throw ConfigError(std::vector<Problem>{{"sweep text", "no table [grid] in the sweep that the results carry (an inline table?); write it as [grid] and collect again"}});
    }
    return out;
}

struct Row {
    std::string size, tokens, position, train_length, seed, multiplier;
};

const std::string& position_of(const WrittenAxes& axes, const TrialResult& trial) {
    auto exact = axes.positions.find({trial.scheme, trial.options});
    if (exact != axes.positions.end()) {
        return exact->second;
    }
    auto same = axes.of_scheme.find(trial.scheme);
    if (same == axes.of_scheme.end() || same->second.size() != 1) {
        throw ConfigError(std::vector<Problem>{{"sweep text", "the grid has no position for scheme '" + trial.scheme + "' with options '" + trial.options + "' (tuned, or edited?); write its row by hand"}});
    }
    return same->second[0];
}

const std::string& size_of(const WrittenAxes& axes, const TrialResult& trial) {
    auto found = axes.sizes.find(trial.size);
    if (found == axes.sizes.end()) {
        throw ConfigError(std::vector<Problem>{{"sweep text", "the grid has no size '" + trial.size + "' (edited after the run?); write its rows by hand"}});
    }
    return found->second;
}

/// The learning-rate multiplier that the scheme's observations have most often.
double usual_multiplier(const Results& results, const SchemeLaw& scheme) {
    std::map<double, int> votes;
    for (const Observation& o : scheme.observations) {
        ++votes[results.trials[static_cast<std::size_t>(o.line)].learning_rate_multiplier];
    }
    return std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

std::string as_column(const std::string& name, const std::vector<Row>& rows, std::string Row::*field) {
    std::string out = name + " = [";
    std::size_t width = out.size();
    for (const Row& row : rows) {
        std::string item = row.*field + ", ";
        if (width + item.size() > 150) {
            out += "\n  ";
            width = 2;
        }
        out += item;
        width += item.size();
    }
    return out.substr(0, out.size() - 2) + "]\n";
}

/// The sweep of the results with rows in the place of its grid.
class Rewritten {
  public:
    explicit Rewritten(const Results& results) : results_(results), text_(without_grid(results.sweep_text)) {
        Complaints complaints("sweep text");
        const DocumentNode document = parse_document(results.sweep_text, complaints);
        if (const DocumentEntry* grid = document.find("grid")) {
            read_axes(grid->node, complaints, axes_);
        }
    }
    const std::string& size(const TrialResult& trial) const { return size_of(axes_, trial); }
    Row row_of(const TrialResult& trial) const {
        return Row{size_of(axes_, trial),      std::to_string(trial.tokens), position_of(axes_, trial), std::to_string(trial.train_length),
                   std::to_string(trial.seed), shortest(trial.learning_rate_multiplier)};
    }
    std::vector<Row> finished() const {
        std::vector<Row> rows;
        for (const TrialResult& trial : results_.trials) {
            if (trial.status == TrialStatus::done) {
                rows.push_back(row_of(trial));
            }
        }
        return rows;
    }
    std::string with(const std::vector<Row>& rows) const {
        const std::string zip = "\n[[grid.zip]]            # one trial a column, proposed by `overtake next`\n" + as_column("size", rows, &Row::size) +
                                as_column("tokens", rows, &Row::tokens) + as_column("position", rows, &Row::position) +
                                as_column("train_length", rows, &Row::train_length) + as_column("seed", rows, &Row::seed) +
                                as_column("learning_rate_multiplier", rows, &Row::multiplier);
        // What tuning wrote stays the end of the file: it is cut off from there where the tuning is looked at.
        std::string text = text_;
        text.insert(std::min(text.find(tuning_heading), text.size()), zip);
        return text;
    }

  private:
    const Results& results_;
    std::string text_;
    WrittenAxes axes_;
};

}  // namespace

double nearest_size(const Results& results, double parameters) {
    std::optional<Rewritten> sweep;
    std::vector<Row> rows;
    try {
        rows = sweep.emplace(results).finished();
    } catch (const ConfigError&) {  // no sweep can be written from this text, so none has to make the size
    }
    if (rows.empty()) {
        return parameters;
    }
    rows.push_back(rows.back());
    for (const double factor : {1.0, 1.09, 1 / 1.09, 1.18, 1 / 1.18, 1.3, 1 / 1.3}) {  // a number is met within 10 %
        rows.back().size = std::to_string(std::llround(factor * parameters));
        try {
            const TrialConfig made = parse_specification(sweep->with(rows), "the proposed sweep").trials.back();
            return static_cast<double>(count_parameters(made.model, made.position, made.training.train_length).backbone);
        } catch (const ConfigError&) {
            continue;
        }
    }
    return NAN;
}

std::string next_sweep_text(const Results& results, const Study& study, const NextCells& next, bool with_finished) {
    const Rewritten sweep(results);
    std::vector<Row> rows = with_finished ? sweep.finished() : std::vector<Row>();
    for (const ProposedTrial& proposed : next.trials) {
        for (const std::string& name : {next.baseline, next.challenger}) {
            if (!(name == next.baseline ? proposed.trial.baseline : proposed.trial.challenger)) {
                continue;
            }
            const SchemeLaw& scheme = *study.find(name);
            const TrialResult* like = nullptr;  // of the same size, if there is one
            for (const SchemeLaw* s : {study.find(next.baseline), study.find(next.challenger)}) {
                for (const Observation& o : s->observations) {
                    like = std::abs(std::log(o.parameters / proposed.trial.parameters)) < 0.05 ? &results.trials[static_cast<std::size_t>(o.line)] : like;
                }
            }
            Row row = sweep.row_of(results.trials[static_cast<std::size_t>(scheme.observations[0].line)]);
            row.size = like != nullptr ? sweep.size(*like) : std::to_string(std::llround(proposed.trial.parameters));
            row.tokens = std::to_string(std::llround(proposed.trial.tokens));
            row.seed = std::to_string(proposed.seed);
            row.multiplier = shortest(usual_multiplier(results, scheme));
            rows.push_back(row);
        }
    }
    const std::string text = sweep.with(rows);
    parse_specification(text, "the proposed sweep");
    return text;
}

double flops_per_rank_second(const Results& results) {
    std::map<std::string, double> rank_seconds;
    for (const StageRecord& stage : results.stages) {
        rank_seconds[stage.id] = stage.provenance.seconds * static_cast<double>(std::max<std::int64_t>(stage.provenance.team_width, 1));
    }
    double flops = 0, seconds = 0;
    for (const TrialResult& trial : results.trials) {
        double of_path = 0;
        for (const std::string& id : trial.path) {
            auto found = rank_seconds.find(id);
            of_path += found == rank_seconds.end() ? 0 : found->second;
        }
        if (trial.status == TrialStatus::done && of_path > 0) {
            flops += trial.flops;
            seconds += of_path;
        }
    }
    return seconds > 0 ? flops / seconds : NAN;
}

double tokens_of_epochs(const Results& results, double most_epochs) {
    double corpus = NAN;
    for (const TrialResult& trial : results.trials) {
        corpus = trial.epochs > 0 ? static_cast<double>(trial.tokens) / trial.epochs : corpus;
    }
    return std::isfinite(corpus) ? most_epochs * corpus : INFINITY;
}

}  // namespace overtake
