// Signals that tell this rank to stop in order: Slurm sends them to every task of a job that is preempted or at its end.
#pragma once

namespace overtake {

/// From now on SIGTERM and SIGUSR2 end this process no more: rank 0's coordinator asks `told_to_stop`, and every team checkpoints and leaves. Other
/// ranks wait for its word. Not SIGUSR1, which NCCL may catch.
void heed_stop_signals();
bool told_to_stop() noexcept;

}  // namespace overtake
