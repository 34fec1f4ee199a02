// A CUDA runtime without a GPU: 16 pretended devices in host memory, and the addition on the host. CUDA_VISIBLE_DEVICES hides all but those
// it lists, as CUDA's own does; FAKE_CUDA_DRIVER is the version of the driver (13010), and one that is older than the runtime shows no device.
#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "cluster/comm/device_add.hpp"

namespace {

constexpr int devices = 16, runtime = 13000;

int driver() {
    const char* version = std::getenv("FAKE_CUDA_DRIVER");
    return version == nullptr ? 13010 : std::atoi(version);
}

/// Numbers of the devices that this process sees, as the machine counts them.
std::vector<int> visible() {
    std::vector<int> seen;
    const char* list = std::getenv("CUDA_VISIBLE_DEVICES");
    if (list == nullptr) {
        for (int device = 0; device < devices; ++device) {
            seen.push_back(device);
        }
        return seen;
    }
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) {
        seen.push_back(std::atoi(word.c_str()));
    }
    return seen;
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
    *count = driver() < runtime ? 0 : static_cast<int>(visible().size());
    return driver() < runtime ? cudaErrorInsufficientDriver : *count == 0 ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
    *version = driver();
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
    *version = runtime;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
    return device >= 0 && device < static_cast<int>(visible().size()) ? cudaSuccess : cudaErrorInvalidDevice;
}

cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int device) {
    const cudaError_t code = cudaSetDevice(device);
    if (code == cudaSuccess) {
        std::snprintf(text, static_cast<std::size_t>(length), "0000:%02x:00.0", static_cast<unsigned>(visible()[static_cast<std::size_t>(device)]));
    }
    return code;
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
    *memory = std::malloc(bytes);
    return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
    std::free(memory);
    return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
    if (bytes > 0) {
        std::memcpy(to, from, bytes);
    }
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
    return cudaMemcpy(to, from, bytes, kind);
}

cudaError_t cudaStreamSynchronize(cudaStream_t) {
    return cudaSuccess;
}

const char* cudaGetErrorString(cudaError_t error) {
    return error == cudaSuccess ? "no error" : "invalid device ordinal";
}

}  // extern "C"

void overtake::add_on_device(float* sum, const float* received, std::size_t count, void*) {
    for (std::size_t i = 0; i < count; ++i) {
        sum[i] += received[i];
    }
}
