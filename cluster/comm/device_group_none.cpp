// Devices in a build without CUDA: alone every verb is a no-op, together it is refused.
#include <stdexcept>

#include "cluster/comm/device_group.hpp"

namespace overtake {

struct DeviceGroup::State {};

DeviceGroup::DeviceGroup() noexcept = default;

DeviceGroup::DeviceGroup(const ProcessGroup& group, int) {
    if (group.size() > 1) {
        throw std::runtime_error("built without CUDA (a team of " + std::to_string(group.size()) +
                                 " ranks on GPUs needs it); build preset 'cuda', or run on CPUs");
    }
}

int DeviceGroup::rank() const noexcept {
    return 0;
}

int DeviceGroup::size() const noexcept {
    return 1;
}

void all_reduce_sum(const DeviceGroup&, float*, std::size_t, DeviceStream) {}

void all_reduce_tree(const DeviceGroup&, float*, float*, std::size_t, DeviceStream) {}

}  // namespace overtake
