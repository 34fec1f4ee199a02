// The supervisor: starts the MPI program, listens to it, starts it again after a death, stops it when told to.
#pragma once

#include <chrono>
#include <functional>

#include "cluster/launch/launch_line.hpp"
#include "cluster/launch/lock.hpp"
#include "cluster/launch/narrator.hpp"
#include "cluster/launch/stop_signals.hpp"
#include "sweeps/patience.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

struct SupervisorSettings {
    LaunchSettings launch;
    std::int64_t restart_limit = 5;                                // in a row without progress
    std::chrono::milliseconds restart_delay{500};                  // before the second restart in a row; four times as long before each further one, at most a minute
    double hang_after_s = default_hang_s;                          // without a run line; ten times as long before the first one
    double folder_patience_s = default_folder_s;                   // with a sweep folder that refuses what stages came to
    double state_bytes = 0;                                        // of the largest checkpoint: so much room is waited for
    std::int64_t deadline = 0;                                     // [Unix seconds] stop in order then; 0: none
    std::function<void()> collect = {};                            // assembles results.h5; what it throws is said and forgotten
    std::chrono::milliseconds collect_every{10'000};               // at most, and never more than 2 % of the time
    std::function<void(const RunLine&)> on_line = {};              // hears what the program says
    std::function<void()> before_leaving = {};                     // the stop file, if there is one, still lies there
    std::function<bool()> keep_outer_lock = {};                    // of the sweep whose tuning this is; false: lost, leave
};

/// Runs the sweep to an orderly end. Returns an exit code of design 6: 0, 1 (gave up, or lost the lock), 2 (the program refuses the
/// configuration), 3, 75. A stop file that is there already is obeyed before anything is started (who takes the lock removes older ones).
int supervise(const SweepFolder& folder, const SupervisorSettings& settings, SweepLock& lock, StopSignals& signals, Narrator& narrator);

}  // namespace overtake
