#include "cluster/comm/gpu_placement.hpp"

#include <algorithm>

namespace overtake {

namespace {

template <std::size_t Size>
void fill(std::array<char, Size>& field, const std::string& text) {
    std::copy_n(text.begin(), std::min(text.size(), Size - 1), field.begin());
}

}  // namespace

GpuPlace make_gpu_place(const std::string& host, const std::string& machine, const std::string& gpu) {
    GpuPlace place;
    fill(place.host, host);
    fill(place.machine, machine);
    fill(place.gpu, gpu);
    return place;
}

std::vector<GpuPlace> gather_places(const ProcessGroup& group, const GpuPlace& mine) {
    std::vector<GpuPlace> places(static_cast<std::size_t>(group.size()));
    places[static_cast<std::size_t>(group.rank())] = mine;
    for (int rank = 0; rank < group.size(); ++rank) {
        GpuPlace& place = places[static_cast<std::size_t>(rank)];
        broadcast(group, std::as_writable_bytes(std::span(&place, 1)), rank);
    }
    return places;
}

std::optional<std::string> shared_gpu(std::span<const GpuPlace> places) {
    for (std::size_t second = 0; second < places.size(); ++second) {
        for (std::size_t first = 0; first < second; ++first) {
            if (places[first].machine == places[second].machine && places[first].gpu == places[second].gpu) {
                return "ranks " + std::to_string(first) + " and " + std::to_string(second) + " of a team share GPU " +
                       places[second].gpu.data() + " on host '" + places[second].host.data() +
                       "' (NCCL needs one GPU for each rank); start fewer ranks per host, or set cluster.max_width = 1";
            }
        }
    }
    return std::nullopt;
}

}  // namespace overtake
