// The one kernel of the project's own: an addition on the device, for the tree sum.
#pragma once

#include <cstddef>

namespace overtake {

/// sum[i] += received[i] for i < count, queued on the stream of the current device (cudaStream_t). IEEE fp32, the same bits as
/// on the host. Throws std::runtime_error with CUDA's words if the launch fails.
void add_on_device(float* sum, const float* received, std::size_t count, void* stream);

}  // namespace overtake
