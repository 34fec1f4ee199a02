#include "sweeps/evaluation_tasks.hpp"

#include <algorithm>
#include <array>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::array<TaskInfo, 8> tasks{{
    {"passkey", true, true, "five digits in repeated filler, asked for at the end"},
    {"needle", true, true, "a number stated in held-out text, asked for at the end"},
    {"copy", false, false, "random tokens, then the same again"},
    {"induction", false, false, "A B ... A: what follows?"},
    {"recall", false, false, "pairs of key and value, then keys in another order"},
    {"context-gain", false, false, "the same targets with the train length and with the whole window as context"},
    {"structure", false, false, "what a trained table, set of frequencies or bias looks like, and what a simple stand-in for it costs", 2},
    {"retrieval", true, true, "a needle found in the whole context, and in chunks of it that BM25 retrieves"},
}};

}  // namespace

std::span<const TaskInfo> evaluation_tasks() {
    return tasks;
}

const TaskInfo* find_task(std::string_view name) {
    const auto found =
        std::find_if(tasks.begin(), tasks.end(), [&](const TaskInfo& task) { return task.name == name; });
    return found == tasks.end() ? nullptr : &*found;
}

bool is_byte_text(const DataConfig& data) {
    return data.tokenizer == "bytes" && data.corpus != "synthetic" && data.vocabulary == 256 && !data.has_token_shards();
}

std::vector<std::int64_t> induction_lags(std::int64_t length) {
    std::vector<std::int64_t> lags;
    for (std::int64_t lag = 4; lag < length; lag *= 4) {
        lags.push_back(lag);
    }
    return lags;
}

std::int64_t task_windows(std::string_view name, const EvaluationConfig& evaluation, std::int64_t length) {
    const TaskInfo* task = find_task(name);
    expects(task != nullptr, "the task is in the table");
    const std::int64_t rows = task->by_depth        ? std::ssize(evaluation.task_depths)
                              : name == "induction" ? std::ssize(induction_lags(length))
                                                    : 1;
    return rows * evaluation.task_samples *
           (name == "retrieval" ? 2 : 1);  // the reads cost what the whole windows cost
}

}  // namespace overtake
