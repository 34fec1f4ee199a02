#include "cluster/comm/device_group.hpp"

#include <array>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string_view>

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "cluster/comm/device_add.hpp"
#include "cluster/comm/gpu_placement.hpp"
#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/tree_exchange.hpp"

namespace overtake {

namespace {

class NcclCategory final : public std::error_category {
  public:
    const char* name() const noexcept override { return "NCCL"; }
    std::string message(int code) const override { return ncclGetErrorString(static_cast<ncclResult_t>(code)); }
};

const std::error_category& nccl_category() {
    static const NcclCategory category;
    return category;
}

void check_nccl(ncclResult_t code, const char* call) {
    if (code != ncclSuccess) {
        const char* account = ncclGetLastError(nullptr);
        throw NcclError(code, account && *account ? std::string(call) + " (" + account + ")" : std::string(call));
    }
}

void check_cuda(cudaError_t code, const char* call) {
    if (code != cudaSuccess) {
        throw std::runtime_error(std::string(call) + ": " + cudaGetErrorString(code));
    }
}

GpuPlace place_of(int device) {
    std::array<char, 32> gpu{};
    check_cuda(cudaDeviceGetPCIBusId(gpu.data(), gpu.size(), device), "cudaDeviceGetPCIBusId");
    const std::string host = MpiEnvironment::host();
    std::string machine;
    std::ifstream boot("/proc/sys/kernel/random/boot_id");
    return make_gpu_place(host, std::getline(boot, machine) ? machine : host, gpu.data());
}

bool sharing_is_allowed() {
    const char* setting = std::getenv("OVERTAKE_SHARED_GPU_OK");
    return setting && std::string_view(setting) == "1";
}

}  // namespace

NcclError::NcclError(int code, const std::string& call) : std::system_error(code, nccl_category(), call) {}

struct DeviceGroup::State {
    ncclComm_t communicator = nullptr;
    int rank = 0;
    int size = 1;
    int device = 0;

    State() = default;
    State(const State&) = delete;
    ~State() {
        if (communicator) {
            std::uncaught_exceptions() > 0 ? ncclCommAbort(communicator) : ncclCommDestroy(communicator);
        }
    }
};

DeviceGroup::DeviceGroup() noexcept = default;

DeviceGroup::DeviceGroup(const ProcessGroup& group, int device) {
    if (group.size() == 1) {
        return;
    }
    const auto problem = shared_gpu(gather_places(group, place_of(device)));
    if (problem && !sharing_is_allowed()) {
        throw std::runtime_error(*problem);
    }
    ncclUniqueId id{};
    if (group.rank() == 0) {
        check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
    }
    broadcast(group, std::as_writable_bytes(std::span(&id, 1)), 0);
    state_ = std::make_shared<State>();
    state_->rank = group.rank();
    state_->size = group.size();
    state_->device = device;
    check_cuda(cudaSetDevice(device), "cudaSetDevice");
    check_nccl(ncclCommInitRank(&state_->communicator, state_->size, id, state_->rank), "ncclCommInitRank");
}

int DeviceGroup::rank() const noexcept {
    return state_ ? state_->rank : 0;
}

int DeviceGroup::size() const noexcept {
    return state_ ? state_->size : 1;
}

void all_reduce_sum(const DeviceGroup& group, float* data, std::size_t count, DeviceStream stream) {
    if (group.size() == 1) {
        return;
    }
    check_cuda(cudaSetDevice(group.state()->device), "cudaSetDevice");
    check_nccl(ncclAllReduce(data, data, count, ncclFloat32, ncclSum, group.state()->communicator,
                             static_cast<cudaStream_t>(stream)),
               "ncclAllReduce");
}

void all_reduce_tree(const DeviceGroup& group, float* data, float* scratch, std::size_t count, DeviceStream stream) {
    if (group.size() == 1) {
        return;
    }
    const ncclComm_t communicator = group.state()->communicator;
    const auto queue = static_cast<cudaStream_t>(stream);
    check_cuda(cudaSetDevice(group.state()->device), "cudaSetDevice");
    for (const TreeExchange& exchange : tree_exchanges(group.rank(), group.size(), count)) {
        const std::size_t sent = exchange.send_end - exchange.send_begin;
        const std::size_t received = exchange.receive_end - exchange.receive_begin;
        float* const into = (exchange.adds ? scratch : data) + exchange.receive_begin;
        // The pair is one group, or both partners would wait in their send; it is closed before anything throws.
        check_nccl(ncclGroupStart(), "ncclGroupStart");
        const ncclResult_t send =
            ncclSend(data + exchange.send_begin, sent, ncclFloat32, exchange.partner, communicator, queue);
        const ncclResult_t receive = ncclRecv(into, received, ncclFloat32, exchange.partner, communicator, queue);
        const ncclResult_t end = ncclGroupEnd();
        check_nccl(send, "ncclSend");
        check_nccl(receive, "ncclRecv");
        check_nccl(end, "ncclGroupEnd");
        if (exchange.adds) {
            add_on_device(data + exchange.receive_begin, into, received, stream);
        }
    }
}

}  // namespace overtake
