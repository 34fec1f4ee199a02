// The tasks that a trained model can be asked to do: names, what they need, how many windows they read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sweeps/trial_config.hpp"

namespace overtake {

struct TaskInfo {
    std::string_view name;
    bool is_text = false;   // made of sentences: needs tokens that are bytes of text
    bool by_depth = false;  // one row per depth of the needle
    std::string_view meaning;
    int revision = 1;  // raised when a change alters what the task records; ids contain it where it is above 1
};

/// In the order in which they are run and recorded.
std::span<const TaskInfo> evaluation_tasks();

/// nullptr if there is none of that name.
const TaskInfo* find_task(std::string_view name);

/// Whether tokens are the bytes of a text, so that a task can write sentences of its own.
bool is_byte_text(const DataConfig& data);

/// Lags at which induction is asked for in a window of `length`: 4, 16, 64 ... that leave room for the question.
std::vector<std::int64_t> induction_lags(std::int64_t length);

/// Windows of `length` that a task reads.
std::int64_t task_windows(std::string_view name, const EvaluationConfig& evaluation, std::int64_t length);

}  // namespace overtake
