// A group of ranks behind one value: MPI for hosts, NCCL for devices; the empty group is the serial program.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace overtake {

/// A value; copies share the communicator, the last one frees it. Default-made: rank 0 of 1, and MPI is never called.
class ProcessGroup {
  public:
    ProcessGroup() noexcept;
    /// All ranks of the MPI program. Throws MpiError if MPI is not up.
    static ProcessGroup world();
    /// The listed ranks of this group, ascending; only they call, each with the same list and tag (MPI_Comm_create_group).
    /// One rank makes the empty group. Throws std::invalid_argument if the list is not ascending or the caller is not in it.
    ProcessGroup subgroup(std::span<const int> ranks, int tag) const;
    /// A private copy of the whole group, so that its messages meet nobody else's. Collective.
    ProcessGroup duplicate() const;
    int rank() const noexcept;
    int size() const noexcept;
    /// Opaque to all but cluster/comm.
    struct State;
    const std::shared_ptr<State>& state() const noexcept { return state_; }

  private:
    std::shared_ptr<State> state_;
};

// Collectives on host memory, in place: every rank of the group must call; alone they change nothing. They throw MpiError.
// Who waits long sleeps between polls, so that more ranks than cores don't starve each other.
void barrier(const ProcessGroup& group);
void broadcast(const ProcessGroup& group, std::span<std::byte> data, int root);
void all_reduce_sum(const ProcessGroup& group, std::span<float> data);
void all_reduce_sum(const ProcessGroup& group, std::span<double> data);
void all_reduce_max(const ProcessGroup& group, std::span<double> data);

/// Sum in a fixed order, the same bits on all ranks and for every split of the same leaves: recursive doubling, rank r meets
/// r XOR 1, then r XOR 2, ... (a+b and b+a are the same bits). `scratch` is as long as `data`; its content is lost.
/// Throws std::invalid_argument unless the size of the group is a power of two.
void all_reduce_tree(const ProcessGroup& group, std::span<float> data, std::span<float> scratch);

// Messages between ranks, for the coordinator's transport. Thread-safe under MPI_THREAD_MULTIPLE on one group per user.
struct ReceivedMessage {
    int source = 0;
    std::vector<std::byte> data;
};
/// Copies `data` and never waits for the receiver, so two ranks may send to each other at once; what is still under way after
/// 20 ms is pushed on by the next call on the group. Below 2 GiB. Throws std::logic_error on the empty group.
void send_message(const ProcessGroup& group, int to, int tag, std::span<const std::byte> data);
/// All messages that have come, those of one source in the order they were sent. Waits up to `timeout`, asleep between
/// polls, the longer the longer ago `idle_since` is; empty vector if nothing came.
std::vector<ReceivedMessage> receive_messages(const ProcessGroup& group, int tag, std::chrono::milliseconds timeout,
                                              std::chrono::steady_clock::time_point idle_since = std::chrono::steady_clock::now());

}  // namespace overtake
