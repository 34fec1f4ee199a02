// A sweep's whole life on a simulated cluster: deaths and restarts, requeues, stragglers, slow disks, estimates that are wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/schedule/planner.hpp"
#include "cluster/schedule/simulated_cluster.hpp"

namespace overtake {

struct Mishaps {
    double failed_stages = 0;        // share of the stages that fail for good, at any point: what is below them is skipped
    double deaths = 0;               // share of the attempts during which a rank dies: every team starts again from its checkpoints
    double runtime_error = 0;        // standard deviation of log(true time / assumed time), one draw per stage
    double stragglers = 0;           // share of the stages that take half as long again in one life of the program
    double disk_seconds = 0;         // mean of what opening a stage costs on top; exponentially distributed
    double checkpoint_seconds = 60;
    double restart_seconds = 20;     // from a death to the first Ready
    double limit_seconds = 0;        // of a Slurm job, then stopped and requeued; 0: none
    double queue_seconds = 600;      // until a requeued job starts
    double message_seconds = 1e-3;   // longest delay of a message
    bool say_things_twice = false;   // every end is reported again later
    std::uint64_t seed = 0;
};

struct SimulatedSweep {
    std::vector<SimulatedAttempt> attempts;  // in order of their ends, in seconds since the sweep began
    double makespan_s = 0;
    LowerBound bound;             // of the true times of what was to be done: failed stages to their failure, skipped ones not at all
    double utilisation = 0;       // rank seconds in teams over all
    double lost_rank_seconds = 0; // since checkpoints, and of all ranks while the program was down
    std::int64_t restarts = 0, requeues = 0, failed = 0, skipped = 0;
    std::uint64_t trace_hash = 0; // FNV-1a of trace_csv()
    bool finished = false;
};

/// The same arguments give the same sweep. Gives up, unfinished, after 10,000 lives. What is done at the `start` (as for the Coordinator) takes
/// no time and counts nowhere.
SimulatedSweep simulate_sweep(const StageForest& forest, const CoordinatorOptions& options, const Mishaps& mishaps, const std::vector<StageStart>& start = {});

/// One line per attempt: stage,kind,attempt,outcome,begin_s,end_s,width,ranks; ranks as "0-127 130".
std::string trace_csv(const StageForest& forest, const std::vector<SimulatedAttempt>& attempts);

/// Ranks upwards, time to the right, a box per attempt, colours by kind; killed and failed attempts are hatched red.
std::string gantt_svg(const StageForest& forest, const std::vector<SimulatedAttempt>& attempts, int ranks, const std::string& title);

}  // namespace overtake
