// The CUDA half of site_probe.hpp.
#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "cluster/comm/device_group.hpp"
#include "cluster/comm/site_probe.hpp"

namespace overtake {

namespace {

// NCCL takes another protocol for short, middle and long messages, and cuts odd counts unevenly.
constexpr std::array<std::size_t, 5> counts{1, 4095, std::size_t{1} << 16, (std::size_t{1} << 20) + 3, std::size_t{1} << 24};
constexpr std::size_t kinds = 16;

/// Spread over the kinds so that a piece in the wrong place shows.
std::size_t kind_of(std::size_t index) { return (index * 0x9E3779B97F4A7C15ULL >> 32) % kinds; }

/// Whole numbers below 16: 2^20 ranks still sum exactly.
float element(int rank, std::size_t kind) { return static_cast<float>((static_cast<std::size_t>(rank) * 7 + kind) % 16); }

/// Device memory for two vectors of the longest count.
struct DeviceMemory {
    float* data = nullptr;
    DeviceMemory() {
        if (cudaMalloc(reinterpret_cast<void**>(&data), 2 * counts.back() * sizeof(float)) != cudaSuccess) {
            data = nullptr;
        }
    }
    DeviceMemory(const DeviceMemory&) = delete;
    ~DeviceMemory() { cudaFree(data); }
};

std::string compare(const char* sum, const std::vector<float>& found, std::size_t count, int ranks) {
    std::array<float, kinds> expected{};
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (int rank = 0; rank < ranks; ++rank) {
            expected[kind] += element(rank, kind);
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (found[i] != expected[kind_of(i)]) {
            return "element " + std::to_string(i) + " of the " + sum + " of " + std::to_string(count) + " is " + std::to_string(found[i]) + " (must be " +
                   std::to_string(expected[kind_of(i)]) + ")";
        }
    }
    return "";
}

}  // namespace

DeviceProbe probe_devices(int local_rank) {
    DeviceProbe probe;
    probe.with_cuda = true;
    int devices = 0, driver = 0, runtime = 0, nccl = 0;
    probe.driver = cudaDriverGetVersion(&driver) == cudaSuccess ? driver : 0;
    probe.runtime = cudaRuntimeGetVersion(&runtime) == cudaSuccess ? runtime : 0;
    probe.nccl = ncclGetVersion(&nccl) == ncclSuccess ? nccl : 0;
    probe.devices = cudaGetDeviceCount(&devices) == cudaSuccess ? devices : 0;
    std::array<char, 32> gpu{};
    if (devices > 0 && cudaDeviceGetPCIBusId(gpu.data(), static_cast<int>(gpu.size()), local_rank % devices) == cudaSuccess) {
        probe.device = gpu.data();
    }
    return probe;
}

std::string check_device_sums(const ProcessGroup& group, int device) {
    std::optional<DeviceGroup> devices;
    std::optional<DeviceMemory> memory;
    std::string wrong;  // on this rank
    // True if all ranks did their part: who leaves alone would leave the others waiting.
    const auto together = [&](const std::function<void()>& work) {
        try {
            work();
        } catch (const std::exception& error) {
            wrong = error.what();
        }
        double failed = wrong.empty() ? 0 : 1;
        all_reduce_max(group, std::span(&failed, 1));
        return failed == 0;
    };
    std::vector<float> mine(counts.back()), found(counts.back());
    for (std::size_t i = 0; i < mine.size(); ++i) {
        mine[i] = element(group.rank(), kind_of(i));
    }
    const bool ready = together([&] {
                           cudaSetDevice(device);
                           memory.emplace();
                           wrong = memory->data == nullptr ? "no memory on the device" : "";
                       }) &&
                       together([&] { devices.emplace(group, device); });
    const bool power_of_two = (group.size() & (group.size() - 1)) == 0;
    const auto sum_right = [&](std::size_t count, bool tree) {
        return together([&] {
            cudaMemcpy(memory->data, mine.data(), count * sizeof(float), cudaMemcpyHostToDevice);
            if (tree) {
                all_reduce_tree(*devices, memory->data, memory->data + count, count, nullptr);
            } else {
                all_reduce_sum(*devices, memory->data, count, nullptr);
            }
            const bool streamed = cudaStreamSynchronize(nullptr) == cudaSuccess;
            cudaMemcpy(found.data(), memory->data, count * sizeof(float), cudaMemcpyDeviceToHost);
            wrong = streamed ? compare(tree ? "tree" : "sum", found, count, group.size()) : "the stream failed";
        });
    };
    if (ready) {
        std::all_of(counts.begin(), counts.end(), [&](std::size_t count) { return sum_right(count, false) && (!power_of_two || sum_right(count, true)); });
    }
    return wrong;
}

}  // namespace overtake
