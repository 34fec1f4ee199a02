// The coordinator at work on rank 0: messages in and out, the stop file, words to the supervisor.
#pragma once

#include "runner/transport.hpp"
#include "sweeps/patience.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/stage_lease.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

struct CoordinatorThreadOptions {
    int ranks = 1;
    double hang_after_s = default_hang_s;  // at least; see ProgressWatch
    double lease_patience_s = default_lease_s;  // with members of a job array that keep still
    bool supervised = false;  // standard input is the supervisor's pipe: its end means that the supervisor is gone
};

/// Runs until every rank was told to leave, then writes outcome.json, unless the supervisor is gone. Prints run lines (sweeps/run_lines.hpp) on standard output.
/// A member of a job array asks for a lease before each stage, and stays until all stages are over, wherever they ran.
/// A stage that hangs is said (HungLine) and ends the whole program. Leaves without checkpoints, by ending the whole program, if a stop takes longer than a minute after the supervisor is gone.
void run_coordinator(const SweepFolder& folder, const Specification& specification, const StageForest& forest,
                     const CoordinatorEnd& workers, const CoordinatorThreadOptions& options);

}  // namespace overtake
