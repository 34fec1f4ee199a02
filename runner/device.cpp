#include "runner/device.hpp"

#include <fstream>

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#ifdef OVERTAKE_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAFunctions.h>
#endif

#include "sweeps/errors.hpp"

namespace overtake {

namespace {
std::string cpu_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) == 0) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "CPU";
}
}  // namespace

#ifdef OVERTAKE_WITH_CUDA

at::Device pick_device(Device wanted, int local_rank) {
    if (wanted == Device::cpu) {
        return at::kCPU;
    }
    const int devices = static_cast<int>(c10::cuda::device_count());
    if (devices == 0) {
        throw IoError("cannot train on a GPU (no CUDA device is visible to this rank); check CUDA_VISIBLE_DEVICES and the "
                      "driver, or set training.device = \"cpu\"");
    }
    const auto index = static_cast<c10::DeviceIndex>(local_rank % devices);
    c10::cuda::set_device(index);
    return {at::kCUDA, index};
}

DeviceStream current_stream() { return at::cuda::getCurrentCUDAStream().stream(); }

void synchronize(at::Device device) {
    if (device.is_cuda()) {
        c10::cuda::device_synchronize();
    }
}

std::string device_name(at::Device device) {
    return device.is_cuda() ? at::cuda::getDeviceProperties(device.index())->name : cpu_name();
}

#else

at::Device pick_device(Device wanted, int) {
    if (wanted == Device::cuda) {
        throw IoError("cannot train on a GPU (this program was built without CUDA); build preset cuda, or set "
                      "training.device = \"cpu\"");
    }
    return at::kCPU;
}

DeviceStream current_stream() { return nullptr; }
void synchronize(at::Device) {}
std::string device_name(at::Device) { return cpu_name(); }

#endif

void prepare_arithmetic(const TrainingConfig& training) {
    at::set_num_threads(static_cast<int>(training.threads));
    at::globalContext().setDeterministicAlgorithms(training.deterministic, false);
    at::globalContext().setDeterministicFillUninitializedMemory(false);
}

}  // namespace overtake
