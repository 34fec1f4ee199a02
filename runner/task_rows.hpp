// Rows of the table of tasks from one number per window.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "sweeps/results/records.hpp"

namespace overtake {

inline constexpr double no_depth = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::int64_t no_lag = -1;

/// What the windows of a row have in common.
struct TaskCell {
    std::string task;
    std::int64_t context_length = 0;
    double depth = no_depth;
    std::int64_t lag = no_lag;
};

/// Mean and its standard error (sample deviation over the root of the count); the error is NaN for a single sample.
TaskResult task_row(const TaskCell& cell, const std::string& metric, std::span<const double> values);

/// A number that is no mean.
TaskResult task_number(const TaskCell& cell, const std::string& metric, double value, std::int64_t samples);

}  // namespace overtake
