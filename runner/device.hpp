// Which device a rank computes on, and what the code must ask of it; the only place that knows whether CUDA was built in.
#pragma once

#include <string>

#include <ATen/ATen.h>

#include "cluster/comm/device_group.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Device of this rank for a stage: the CPU, or the GPU with the number of the rank among its host's ranks. Throws IoError in
/// words if the sweep asks for CUDA and the program was built without, or no GPU is visible.
at::Device pick_device(Device wanted, int local_rank);

/// CUDA stream of the calling thread, as DeviceGroup takes it; nullptr on a CPU.
DeviceStream current_stream();

/// Waits until the device has finished what was asked of it; nothing on a CPU.
void synchronize(at::Device device);

/// Name for provenance: "NVIDIA H100 80GB HBM3", or the CPU's model name.
std::string device_name(at::Device device);

/// Threads, flush-to-zero off, deterministic algorithms where the stage asks for them. Once per stage.
void prepare_arithmetic(const TrainingConfig& training);

}  // namespace overtake
