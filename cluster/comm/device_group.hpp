// The NCCL twin of a process group: the same verbs on device memory and a stream. Built without CUDA it can only refuse.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

#include "cluster/comm/process_group.hpp"

namespace overtake {

/// A CUDA stream as the runtime sees it (cudaStream_t); void* here so that callers without CUDA compile.
using DeviceStream = void*;

/// What NCCL refused: the function, NCCL's words for the code, and its own account of what went wrong last.
class NcclError : public std::system_error {
  public:
    NcclError(int code, const std::string& call);
};

/// A value; copies share the NCCL communicator, the last one destroys it (aborts it while an exception unwinds).
class DeviceGroup {
  public:
    /// Alone: every verb is a no-op.
    DeviceGroup() noexcept;
    /// Collective over `group`: rank 0 draws the NCCL id, the group broadcasts it. `device` is the ordinal that this process
    /// sees. Refuses in words two ranks that share a GPU (names both ranks, host and GPU) before NCCL would hang on it, on all
    /// ranks alike; OVERTAKE_SHARED_GPU_OK=1 in the environment lets it pass, for tests with the NCCL stand-in.
    /// Throws NcclError; std::runtime_error for a shared GPU, a CUDA error, or two ranks and more when built without CUDA.
    DeviceGroup(const ProcessGroup& group, int device);
    int rank() const noexcept;
    int size() const noexcept;
    struct State;
    const std::shared_ptr<State>& state() const noexcept { return state_; }

  private:
    std::shared_ptr<State> state_;
};

// Both are in place and queued on the stream of the group's device; alone they do nothing. They throw NcclError.

/// One ncclAllReduce. Fast, not reproducible across widths.
void all_reduce_sum(const DeviceGroup& group, float* data, std::size_t count, DeviceStream stream);

/// The tree of all_reduce_tree(ProcessGroup) with ncclSend/ncclRecv and a device addition; the same bits as on the host.
void all_reduce_tree(const DeviceGroup& group, float* data, float* scratch, std::size_t count, DeviceStream stream);

}  // namespace overtake
