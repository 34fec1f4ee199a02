#include "runner/task_rows.hpp"

#include <cmath>

#include "sweeps/errors.hpp"

namespace overtake {

TaskResult task_row(const TaskCell& cell, const std::string& metric, std::span<const double> values) {
    expects(!values.empty(), "a row of the table of tasks has samples");
    const auto count = static_cast<double>(values.size());
    double mean = 0, squares = 0;
    for (const double value : values) {
        mean += value / count;
    }
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    TaskResult row = task_number(cell, metric, mean, std::ssize(values));
    if (values.size() > 1) {
        row.standard_error = std::sqrt(squares / (count - 1) / count);
    }
    return row;
}

TaskResult task_number(const TaskCell& cell, const std::string& metric, double value, std::int64_t samples) {
    return {.task = cell.task,
            .metric = metric,
            .context_length = cell.context_length,
            .depth = cell.depth,
            .lag = cell.lag,
            .samples = samples,
            .value = value,
            .standard_error = std::numeric_limits<double>::quiet_NaN()};
}

}  // namespace overtake
