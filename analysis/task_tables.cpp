#include "analysis/task_tables.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr const char* structure = "structure";

struct SchemeTasks {
    std::string scheme;
    std::vector<const std::vector<TaskResult>*> by_seed;
};

/// Task rows of each scheme's largest done trials, schemes in the order of the grid.
std::vector<SchemeTasks> largest_trials(const Results& results) {
    std::map<std::string, const StageRecord*> stages;
    for (const StageRecord& stage : results.stages) {
        stages.emplace(stage.id, &stage);
    }
    struct Largest {
        std::int64_t parameters = -1, tokens = -1;
        SchemeTasks tasks;
    };
    std::vector<Largest> found;
    for (const TrialResult& trial : results.trials) {
        const auto stage = trial.path.empty() ? stages.end() : stages.find(trial.path.back());
        if (trial.status != TrialStatus::done || stage == stages.end() || stage->second->task_results.empty()) {
            continue;
        }
        auto entry = std::find_if(found.begin(), found.end(), [&](const Largest& largest) { return largest.tasks.scheme == trial.scheme; });
        if (entry == found.end()) {
            found.push_back({-1, -1, {trial.scheme, {}}});
            entry = found.end() - 1;
        }
        const std::pair here{trial.parameters.backbone, trial.tokens}, best{entry->parameters, entry->tokens};
        if (here > best) {
            std::tie(entry->parameters, entry->tokens) = here;
            entry->tasks.by_seed.clear();
        }
        if (here >= best) {
            entry->tasks.by_seed.push_back(&stage->second->task_results);
        }
    }
    std::vector<SchemeTasks> schemes;
    for (Largest& largest : found) {
        schemes.push_back(std::move(largest.tasks));
    }
    return schemes;
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum / static_cast<double>(values.size());
}

bool is_detail(const std::string& metric) {
    // A pair of a set (frequencies.0.3), or anything of one head.
    return metric.starts_with("bias.") || (metric.starts_with("frequencies.") && metric.find_last_not_of("0123456789") != metric.size() - 1);
}

std::string shown(double value) { return std::isfinite(value) ? significant(value, 3) : "-"; }

/// Details of one seed that a correlation can take: logarithms of frequencies, biases at lags.
std::map<std::string, double> learned_numbers(const std::vector<TaskResult>& rows) {
    std::map<std::string, double> numbers;
    for (const TaskResult& row : rows) {
        if (row.task != structure || !is_detail(row.metric)) {
            continue;
        }
        if (row.metric.starts_with("frequencies.") && row.value > 0) {
            numbers[row.metric] = std::log(row.value);
        } else if (row.metric.find(".at-") != std::string::npos) {
            numbers[row.metric] = row.value;
        }
    }
    return numbers;
}

double correlation(const std::map<std::string, double>& a, const std::map<std::string, double>& b) {
    std::vector<double> x, y;
    for (const auto& [name, value] : a) {
        if (const auto other = b.find(name); other != b.end()) {
            x.push_back(value);
            y.push_back(other->second);
        }
    }
    const double mean_x = mean(x), mean_y = mean(y);
    double xy = 0, xx = 0, yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::nan("");
}

}  // namespace

std::optional<Table> task_table(const Results& results) {
    using Key = std::tuple<std::string, std::int64_t, double, std::int64_t, std::string>;  // a missing depth sorts as -1
    const std::vector<SchemeTasks> schemes = largest_trials(results);
    std::map<Key, std::vector<std::vector<double>>> values;
    for (std::size_t s = 0; s < schemes.size(); ++s) {
        for (const std::vector<TaskResult>* rows : schemes[s].by_seed) {
            for (const TaskResult& row : *rows) {
                if (row.task != structure) {
                    auto& cells = values[{row.task, row.context_length, std::isnan(row.depth) ? -1 : row.depth, row.lag, row.metric}];
                    cells.resize(schemes.size());
                    cells[s].push_back(row.value);
                }
            }
        }
    }
    if (values.empty()) {
        return std::nullopt;
    }
    Table table{.name = "tasks", .caption = "Tasks: means over the seeds of each scheme's largest trials.", .header = {"task", "length", "depth", "lag", "metric"}, .rows = {}};
    for (const SchemeTasks& scheme : schemes) {
        table.header.push_back(scheme.scheme);
    }
    for (const auto& [key, cells] : values) {
        const auto& [task, length, depth, lag, metric] = key;
        std::vector<std::string> row{task, std::to_string(length), depth < 0 ? "" : significant(depth, 3), lag < 0 ? "" : std::to_string(lag), metric};
        for (const std::vector<double>& cell : cells) {
            row.push_back(cell.empty() ? "" : shown(mean(cell)));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::optional<Table> structure_table(const Results& results) {
    Table table{.name = "learned",
                .caption = "What was learned, in each scheme's largest trials: means over seeds; swap: loss with the stand-in less loss without, nats per token.",
                .header = {"scheme", "number", "mean", "least to greatest seed", "by chance (95 %)"},
                .rows = {}};
    for (const SchemeTasks& scheme : largest_trials(results)) {
        std::vector<std::string> order;
        std::map<std::string, std::vector<double>> values;
        for (const std::vector<TaskResult>* rows : scheme.by_seed) {
            for (const TaskResult& row : *rows) {
                if (row.task == structure && !is_detail(row.metric)) {
                    if (!values.contains(row.metric)) {
                        order.push_back(row.metric);
                    }
                    values[row.metric].push_back(row.value);
                }
            }
        }
        for (const std::string& metric : order) {
            if (metric.find(".null-") != std::string::npos) {
                continue;
            }
            const std::vector<double>& seeds = values.at(metric);
            const auto [least, greatest] = std::minmax_element(seeds.begin(), seeds.end());
            const auto low = values.find(metric + ".null-low"), high = values.find(metric + ".null-high");
            table.rows.push_back({scheme.scheme, metric, shown(mean(seeds)), shown(*least) + " to " + shown(*greatest),
                                  low == values.end() || high == values.end() ? "" : shown(mean(low->second)) + " to " + shown(mean(high->second))});
        }
    }
    return table.rows.empty() ? std::nullopt : std::optional(table);
}

std::optional<Table> agreement_table(const Results& results) {
    Table table{.name = "agreement",
                .caption = "Do seeds learn the same? Mean correlation over pairs of seeds of frequencies (as logarithms) or of biases over lags.",
                .header = {"scheme", "seeds", "numbers", "correlation"},
                .rows = {}};
    for (const SchemeTasks& scheme : largest_trials(results)) {
        std::vector<std::map<std::string, double>> seeds;
        for (const std::vector<TaskResult>* rows : scheme.by_seed) {
            seeds.push_back(learned_numbers(*rows));
        }
        if (seeds.size() < 2 || seeds[0].size() < 3) {
            continue;
        }
        std::vector<double> pairs;
        for (std::size_t a = 0; a < seeds.size(); ++a) {
            for (std::size_t b = a + 1; b < seeds.size(); ++b) {
                pairs.push_back(correlation(seeds[a], seeds[b]));
            }
        }
        table.rows.push_back({scheme.scheme, std::to_string(seeds.size()), std::to_string(seeds[0].size()), fixed(mean(pairs), 3)});
    }
    return table.rows.empty() ? std::nullopt : std::optional(table);
}

}  // namespace overtake
