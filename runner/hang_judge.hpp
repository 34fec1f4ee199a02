// What the coordinator hears, as the progress watch takes it, and the watch's verdict as a run line.
#pragma once

#include <optional>

#include "cluster/schedule/coordinator.hpp"
#include "runner/progress_watch.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {

/// A sign of life between the reports of a stage: a heartbeat without a rate, which tells the coordinator nothing else.
Heartbeat sign_of_life(std::uint32_t stage, Pace pace);

class HangJudge {
  public:
    /// `forest` outlives it.
    HangJudge(const StageForest& forest, double floor_s) : forest_(forest), watch_(floor_s) {}
    void on_event(const CoordinatorEvent& event);
    void on_message(const ToCoordinator& message);
    std::optional<HungLine> look(double now_s);

  private:
    const StageForest& forest_;
    ProgressWatch watch_;
};

}  // namespace overtake
