// What a team does with one stage: inputs, how it ends, and the kinds of work.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cluster/schedule/messages.hpp"
#include "runner/data/token_source.hpp"
#include "runner/gradient_sum.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Everything a stage needs from its surroundings. References outlive the call.
struct StageWork {
    const SweepFolder& folder;
    const Specification& specification;
    const StageForest& forest;
    const Stage& stage;
    const Team& team;
    at::Device device;
    std::int64_t attempt = 1;
    bool alone = false;                                   // no other team can run beside it
    std::function<bool()> stop_asked;                     // polled once per logging interval
    std::function<void(std::int64_t step, double tokens_per_second)> report;  // called on the team's first rank
};

struct StageResult {
    StageOutcome outcome = StageOutcome::done;
    std::int64_t step = 0;      // reached
    double seconds = 0;         // of this attempt
    std::string reason;         // in words, unless done or stopped
};

/// Runs the stage to its end, a stop, or a failure; every rank of the team must call. Failures of its own (out of
/// memory, a wrong program) come back as values. Writes state.h5 and record.h5 on the team's first rank; throws FolderRefused there if it can't. Throws
/// StageFault where the place is accused: what can't be read, a GPU, a network, or a rank of several that failed alone.
StageResult run_stage(const StageWork& work);

/// The three kinds of work behind run_stage: train_stage also fine-tunes.
StageResult train_stage(const StageWork& work, const TokenSource& source);
StageResult search_stage(const StageWork& work, const TokenSource& source);
StageResult evaluate_stage(const StageWork& work, const TokenSource& source);

}  // namespace overtake
