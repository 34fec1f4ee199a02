// What a search minimises: the loss of a few windows of the training split, for a model whose extension changes from one to the next.
#pragma once

#include <vector>

#include "models/gpt.hpp"
#include "runner/batch.hpp"
#include "runner/stage_work.hpp"
#include "runner/task_windows.hpp"

namespace overtake {

class SearchWindows {
  public:
    /// search_windows windows of the stage's context length, drawn by search_seed. They come from the training split: held-out blocks
    /// are for scoring alone. With the objective "needle" each holds a needle of its own, at depths spread from 0 to 1 (0 if there is
    /// one window), and its answer is scored. Tokens stand where the trial's sampler puts them if it draws in evaluation: one draw
    /// for each window, the same for all individuals. Throws IoError if the corpus has no such window.
    SearchWindows(const StageWork& work, const TokenSource& source);

    std::int64_t count() const { return static_cast<std::int64_t>(windows_.size()); }

    /// Mean loss of all targets [nats per token], or of all answers [nats per answer token]. No gradient.
    double mean_loss(const Gpt& model) const;

    /// The same of one window, with a gradient: a scalar tensor.
    at::Tensor window_loss(const Gpt& model, std::int64_t window) const;

    /// For tests: what is asked in each window; empty without needles.
    const std::vector<TaskWindow>& needles() const { return needles_; }

  private:
    Batch joined(std::int64_t begin, std::int64_t end) const;
    Placement placement(std::int64_t window) const;

    std::vector<Batch> windows_;         // of one sequence each
    std::vector<TaskWindow> needles_;    // of each window, or none
    std::vector<at::Tensor> positions_;  // of each window, [T], or none: plain positions
    at::Device device_;
    std::int64_t rows_;                  // windows that fit one forward pass
};

}  // namespace overtake
