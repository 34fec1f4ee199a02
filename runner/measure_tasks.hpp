// The tasks of a sweep, run on a trained model: from names to rows of the table of tasks.
#pragma once

#include <vector>

#include "models/gpt.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// Rows of all tasks of the stage at one context length; a task that the length has no room for gives none. The windows depend
/// on the corpus, the length and the task's options alone. Every rank of the team must call; the bits depend on no width.
std::vector<TaskResult> measure_tasks(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length);

}  // namespace overtake
