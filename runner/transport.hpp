// How coordinator and workers reach each other over MPI: a private communicator, two tags.
#pragma once

#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "cluster/comm/process_group.hpp"
#include "cluster/schedule/coordinator.hpp"

namespace overtake {

/// The coordinator's end, used by its thread on rank 0 alone.
class CoordinatorEnd {
  public:
    explicit CoordinatorEnd(ProcessGroup group) : group_(std::move(group)) {}
    /// What goes to one rank travels as one, in its order.
    void send(const std::vector<Outgoing>& messages) const;
    /// Messages with the rank they came from; waits asleep up to `timeout`. Bytes that are no message are dropped with words.
    std::vector<std::pair<int, ToCoordinator>> receive(std::chrono::milliseconds timeout) const;

  private:
    ProcessGroup group_;
    mutable std::chrono::steady_clock::time_point active_ = std::chrono::steady_clock::now();  // who sent or got something waits with short sleeps
};

/// A worker's end; the coordinator is rank 0, this rank included.
class WorkerEnd {
  public:
    explicit WorkerEnd(ProcessGroup group) : group_(std::move(group)) {}
    void send(const ToCoordinator& message) const;
    /// As one: the coordinator takes them in without waiting between them.
    void send(std::span<const ToCoordinator> messages) const;
    std::vector<ToWorker> receive(std::chrono::milliseconds timeout) const;

  private:
    ProcessGroup group_;
    mutable std::chrono::steady_clock::time_point active_ = std::chrono::steady_clock::now();  // who sent or got something waits with short sleeps
};

}  // namespace overtake
