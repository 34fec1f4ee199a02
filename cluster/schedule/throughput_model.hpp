// How long a stage will take on a team of a given width: a formula at first, measurements as they come in.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sweeps/stage_forest.hpp"

namespace overtake {

/// What is assumed before anything is measured.
struct ThroughputDefaults {
    double flops_per_second = 5e9;             // of one rank
    double doubling_efficiency = 0.975;        // share of the rate that each doubling of the width keeps
    double communication_seconds = 2e-4;       // per step and doubling: what makes wide teams useless for tiny models
    double stage_seconds = 0.2;                // per stage, whatever its size: opening, checkpoint, record
    std::vector<double> by_stage = {};         // FLOP/s of one rank, where they are known apart: per stage of the forest, or empty
};

/// Part of the stage that lies before `step`, in [0, 1]; 0 for evaluations, which have no steps.
double share_done(const Stage& stage, std::int64_t step);

/// Stages with the same shape of model, scheme, lengths and precision are one class and share their measurements.
class ThroughputModel {
  public:
    /// `forest` must outlive it.
    explicit ThroughputModel(const StageForest& forest, ThroughputDefaults defaults = {});

    /// Predicted wall seconds of the rest of a stage from `step` on `width` ranks.
    double seconds_left(std::size_t stage, std::int64_t step, int width) const;

    /// A team of `width` did `flops` of the stage in `seconds` of pure work. Numbers that can't be (<= 0, not finite) are ignored.
    void observe(std::size_t stage, int width, double flops, double seconds);

    /// `seconds` of a whole stage, of which the fixed cost is taken off first.
    void observe_stage(std::size_t stage, int width, double flops, double seconds);

  private:
    double formula_rate(std::size_t stage, int width, double rank_rate) const;
    double rate(std::size_t stage, int width) const;

    const StageForest& forest_;
    ThroughputDefaults defaults_;
    std::vector<std::uint32_t> class_of_;                          // per stage
    std::vector<std::map<int, double>> measured_;                  // per class: width -> FLOPs per second of the team
    double flops_seen_ = 0, rank_seconds_seen_ = 0;
};

}  // namespace overtake
