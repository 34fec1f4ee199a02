#include "analysis/task_tables.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/largest_trials.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr const char* structure = "structure";

struct SchemeTasks {
    std::string scheme;
    std::vector<const std::vector<TaskResult>*> by_seed;
};

/// The same trials' task rows; schemes without any are left out.
std::vector<SchemeTasks> largest_tasks(const Results& results) {
    std::map<std::string, const StageRecord*> stages;
    for (const StageRecord& stage : results.stages) {
        stages.emplace(stage.id, &stage);
    }
    std::vector<SchemeTasks> schemes;
    for (const SchemeTrials& largest : largest_trials(results)) {
        SchemeTasks tasks{largest.scheme, {}};
        for (const TrialResult* trial : largest.by_seed) {
            const auto stage = trial->path.empty() ? stages.end() : stages.find(trial->path.back());
            if (stage != stages.end() && !stage->second->task_results.empty()) {
                tasks.by_seed.push_back(&stage->second->task_results);
            }
        }
        if (!tasks.by_seed.empty()) {
            schemes.push_back(std::move(tasks));
        }
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
    // A pair of a set (frequencies.0.3), or anything of one layer or head.
    return metric.starts_with("bias.") || metric.starts_with("layer.") || (metric.starts_with("frequencies.") && metric.find_last_not_of("0123456789") != metric.size() - 1);
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

std::optional<Table> length_table(const Results& results) {
    std::map<std::int64_t, std::size_t> columns;
    const std::vector<SchemeTrials> schemes = largest_trials(results);
    for (const SchemeTrials& scheme : schemes) {
        for (const TrialResult* trial : scheme.by_seed) {
            for (const Evaluation& evaluation : trial->evaluations) {
                columns.emplace(evaluation.context_length, 0);
            }
        }
    }
    if (columns.size() < 2) {
        return std::nullopt;
    }
    Table table{.name = "lengths",
                .caption = "Held-out loss by evaluation length [nats per token], and of the targets beyond the train length alone: means over the seeds of "
                           "each scheme's largest trials.",
                .header = {"scheme", "seeds"},
                .rows = {}};
    std::size_t index = 0;
    for (auto& [length, column] : columns) {
        column = index++;
        table.header.push_back(std::to_string(length));
    }
    for (const auto& [length, column] : columns) {
        table.header.push_back("beyond, " + std::to_string(length));
    }
    for (const SchemeTrials& scheme : schemes) {
        std::vector<std::vector<double>> values(2 * columns.size());
        for (const TrialResult* trial : scheme.by_seed) {
            for (const Evaluation& evaluation : trial->evaluations) {
                const std::size_t column = columns.at(evaluation.context_length);
                values[column].push_back(evaluation.loss);
                if (std::isfinite(evaluation.loss_beyond_train)) {
                    values[columns.size() + column].push_back(evaluation.loss_beyond_train);
                }
            }
        }
        std::vector<std::string> row{scheme.scheme, std::to_string(scheme.by_seed.size())};
        for (const std::vector<double>& cell : values) {
            row.push_back(cell.empty() ? "" : fixed(mean(cell), 4));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::optional<Table> task_table(const Results& results) {
    using Key = std::tuple<std::string, std::int64_t, double, std::int64_t, std::string>;  // a missing depth sorts as -1
    const std::vector<SchemeTasks> schemes = largest_tasks(results);
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
    for (const SchemeTasks& scheme : largest_tasks(results)) {
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
    for (const SchemeTasks& scheme : largest_tasks(results)) {
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
