// Which rank sits on which GPU, and whether two share one: NCCL can't have that and may hang on it. Pure but for one gatherer.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/comm/process_group.hpp"

namespace overtake {

/// Plain bytes, so that ranks can broadcast it. Two ranks share a GPU if `machine` and `gpu` are equal.
struct GpuPlace {
    std::array<char, 128> host{};     // for words
    std::array<char, 64> machine{};   // boot id of the kernel: containers of one machine have many host names
    std::array<char, 64> gpu{};       // PCI bus id
};

/// Fills the fields, cutting what is too long.
GpuPlace make_gpu_place(const std::string& host, const std::string& machine, const std::string& gpu);

/// The places of all ranks of the group, by rank. Collective.
std::vector<GpuPlace> gather_places(const ProcessGroup& group, const GpuPlace& mine);

/// The first two ranks that share a GPU in words with the cure, or nothing.
std::optional<std::string> shared_gpu(std::span<const GpuPlace> places);

}  // namespace overtake
