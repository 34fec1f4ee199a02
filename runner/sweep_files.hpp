// What the sweep folder knows before and during a run: which stages are done, which states may go.
#pragma once

#include <vector>

#include "cluster/schedule/coordinator.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Looks into every stage's folder. A stage with three strikes that has not passed the step of its last one is recorded as failed here.
std::vector<StageStart> look_up_stages(const SweepFolder& folder, const StageForest& forest);

/// Removes states that `keep` gives up once `ended` and all its siblings are over: keep = "trunks" removes those of cooldowns, searches
/// and extensions, "none" those of trunk segments too.
class StateKeeper {
  public:
    StateKeeper(const SweepFolder& folder, const StageForest& forest, Keep keep, const std::vector<StageStart>& start);
    void on_stage_over(std::size_t stage);

  private:
    const SweepFolder& folder_;
    const StageForest& forest_;
    Keep keep_;
    std::vector<std::size_t> parent_, open_children_;
    std::vector<bool> is_counted_;  // among the open children of its parent: was not done before, as one that is run again for its state was
};

}  // namespace overtake
