// What a sweep will cost before it runs: counts, sharing, what is new, time, disk and memory.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "cluster/launch/calibration.hpp"
#include "cluster/launch/sweep_view.hpp"

namespace overtake {

struct SweepPlan {
    std::string name, folder;
    std::size_t trials = 0, stages = 0, stages_done = 0, stages_failed = 0;  // done: their record says so, whatever its outcome
    std::map<std::string, std::size_t> stages_by_kind;
    std::map<std::string, double> flops_by_kind;
    std::vector<Stage> new_stages;                       // without a record, in the order of the forest
    std::int64_t parameters_least = 0, parameters_most = 0, backbone_least = 0, backbone_most = 0;
    std::int64_t tokens = 0, tokens_independent = 0;     // trained: with sharing, and if every trial ran alone
    double flops = 0, flops_independent = 0;             // trained and evaluated
    double flops_left = 0;                               // of the new stages
    double epochs_most = 0;                              // 0 while the data are unknown
    double disk = 0, memory_per_rank = 0;                // [bytes]
    std::int64_t ranks = 1;
    double seconds = 0;                                  // predicted, of what is new
    Calibration calibration;
    bool provisional = false;                            // the data don't exist yet: ids will change
    std::vector<std::string> notes;
    /// Of [tune], apart from all of the above: the round that comes next, or the last one; and the check of the shared rate.
    struct Tuning {
        std::size_t trials = 0, stages = 0, stages_done = 0;
        std::int64_t tokens = 0;
        double flops = 0;
        double seconds = 0;                              // predicted, of what has no record
    };
    Tuning tuning, tuning_check;

    double tokens_shared_percent() const;
    double flops_shared_percent() const;
};

/// Wall seconds of the stages that aren't `done` on `ranks` ranks, where a stage takes `seconds` on a team of a width. overtake.cpp hands in
/// cluster/schedule's simulation, which this folder may not know.
using MakespanPrediction = std::function<double(const StageForest& forest, const std::vector<bool>& done, int ranks, int max_width,
                                                const std::function<double(std::size_t stage, int width)>& seconds)>;

/// Without `predict` the time is a bound from below: the larger of work over ranks and the longest path on single ranks.
SweepPlan make_plan(const SweepView& view, const Calibration& calibration, std::int64_t ranks, const MakespanPrediction& predict = {});

/// Of [cluster] budget_gpu_hours: ranks x predicted hours, the tuning's too, against it; empty if it is kept, or not set.
std::vector<Problem> problems_of_budget(const SweepView& view, const SweepPlan& plan);

/// For `submit`: throws ConfigError where `plan` with the sweep's own ranks would say that it is over its budget. Without one nothing is looked at.
void refuse_over_budget(const std::filesystem::path& sweep, const std::filesystem::path& folder, const MakespanPrediction& predict);

/// One JSON object; the keys are part of what users may rely on.
std::string to_json_text(const SweepPlan& plan);
void print(std::ostream& out, const SweepPlan& plan);

/// overtake plan SWEEP.toml|DIR [--in DIR] [--json] [--flops-per-second X] [--ranks N]
int plan_verb(const std::vector<std::string>& arguments, const MakespanPrediction& predict);

}  // namespace overtake
