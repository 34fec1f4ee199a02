// What a search minimises: the loss of a few windows of the training split, for a model whose extension changes from one to the next.
#pragma once

#include <vector>

#include "models/gpt.hpp"
#include "runner/batch.hpp"
#include "runner/stage_work.hpp"

namespace overtake {

class SearchWindows {
  public:
    /// search_windows windows of the stage's context length, drawn by search_seed. They come from the training split: held-out blocks
    /// are for scoring alone. Throws IoError if the corpus has no such window.
    SearchWindows(const StageWork& work, const TokenSource& source);

    std::int64_t count() const { return static_cast<std::int64_t>(windows_.size()); }

    /// Mean loss of all targets [nats per token]. No gradient.
    double mean_loss(const Gpt& model) const;

    /// The same of one window, with a gradient: a scalar tensor.
    at::Tensor window_loss(const Gpt& model, std::int64_t window) const;

  private:
    std::vector<Batch> windows_;  // of one sequence each
    std::int64_t rows_;           // windows that fit one forward pass
};

}  // namespace overtake
