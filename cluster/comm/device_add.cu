#include "cluster/comm/device_add.hpp"

#include <cuda_runtime_api.h>

#include <stdexcept>
#include <string>

namespace overtake {

namespace {

constexpr unsigned threads = 256;
constexpr std::size_t most_blocks = 4096;

__global__ void add_kernel(float* sum, const float* received, std::size_t count) {
    const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride) {
        sum[i] += received[i];
    }
}

}  // namespace

void add_on_device(float* sum, const float* received, std::size_t count, void* stream) {
    if (count == 0) {
        return;
    }
    const std::size_t wanted = (count + threads - 1) / threads;
    const auto blocks = static_cast<unsigned>(wanted < most_blocks ? wanted : most_blocks);
    add_kernel<<<blocks, threads, 0, static_cast<cudaStream_t>(stream)>>>(sum, received, count);
    const cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) {
        throw std::runtime_error(std::string("cannot add on the GPU: ") + cudaGetErrorString(error));
    }
}

}  // namespace overtake
