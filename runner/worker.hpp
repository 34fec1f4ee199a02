// A rank's life: ask for work, run stages with its teams, leave when told.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "cluster/comm/process_group.hpp"
#include "runner/gradient_sum.hpp"
#include "runner/transport.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

class Worker {
  public:
    /// References outlive the worker. Collective over `world`.
    Worker(const SweepFolder& folder, const Specification& specification, const StageForest& forest, const ProcessGroup& world,
           WorkerEnd coordinator);
    /// Returns when the coordinator says Leave.
    void run();

  private:
    /// Team of the given world ranks, made once and kept (NCCL communicators are slow to make).
    const Team& team_of(const std::vector<int>& ranks, at::Device device);
    /// What the team's first rank has to say of it.
    std::optional<Ended> run_assigned(const Assign& assign);
    /// Moves what has arrived into waiting_, in order.
    void take_in(std::chrono::milliseconds timeout);
    /// True if a StopNow waits behind the assignment that is being run.
    bool stop_asked();

    const SweepFolder& folder_;
    const Specification& specification_;
    const StageForest& forest_;
    ProcessGroup world_;
    WorkerEnd coordinator_;
    std::map<std::vector<int>, Team> teams_;
    std::deque<ToWorker> waiting_;
    bool leave_ = false;
};

}  // namespace overtake
