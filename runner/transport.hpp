// How coordinator and workers reach each other over MPI: a private communicator, two tags.
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "cluster/comm/process_group.hpp"
#include "cluster/schedule/messages.hpp"

namespace overtake {

/// The coordinator's end, used by its thread on rank 0 alone.
class CoordinatorEnd {
  public:
    explicit CoordinatorEnd(ProcessGroup group) : group_(std::move(group)) {}
    void send(int to, const ToWorker& message) const;
    /// Messages with the rank they came from; waits asleep up to `timeout`. Bytes that are no message are dropped with words.
    std::vector<std::pair<int, ToCoordinator>> receive(std::chrono::milliseconds timeout) const;

  private:
    ProcessGroup group_;
};

/// A worker's end; the coordinator is rank 0, this rank included.
class WorkerEnd {
  public:
    explicit WorkerEnd(ProcessGroup group) : group_(std::move(group)) {}
    void send(const ToCoordinator& message) const;
    std::vector<ToWorker> receive(std::chrono::milliseconds timeout) const;

  private:
    ProcessGroup group_;
};

}  // namespace overtake
