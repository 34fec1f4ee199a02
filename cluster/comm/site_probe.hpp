// What MPI and CUDA give here, asked without demanding anything: for `overtake doctor`, which must survive what a run refuses.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/comm/process_group.hpp"

namespace overtake {

/// MPI up, at whatever thread level the library gives; down when destroyed.
class MpiProbe {
  public:
    MpiProbe(int& argc, char**& argv);
    ~MpiProbe();
    MpiProbe(const MpiProbe&) = delete;

    int thread_level() const noexcept { return thread_level_; }  // 3: MPI_THREAD_MULTIPLE
    int local_rank() const noexcept { return local_rank_; }
    static std::string library();                                // its own words, one line

  private:
    int thread_level_ = 0, local_rank_ = 0;
};

struct DeviceProbe {
    bool with_cuda = false;                            // built so
    std::int64_t devices = 0;                          // visible
    std::string device;                                // PCI bus id of the one of this local rank; empty if there is none
    std::int64_t driver = 0, runtime = 0, nccl = 0;    // versions as the libraries number them
};

/// Never throws: what can't be asked stays at its default.
DeviceProbe probe_devices(int local_rank);

/// Sums vectors of 1 to 2^24 small whole numbers over all ranks by NCCL, at once and as a tree, and compares every element with the sum in the head; both are
/// exact in fp32, so any difference is a fault. Collective. Answers what is wrong in words, empty if all is right. `device` as for DeviceGroup.
std::string check_device_sums(const ProcessGroup& group, int device);

}  // namespace overtake
