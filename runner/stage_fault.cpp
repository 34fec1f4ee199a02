#include "runner/stage_fault.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runner/failure_words.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

bool accuses_the_place(const std::exception& error) {
    if (const auto* fault = dynamic_cast<const StageFault*>(&error)) {
        return fault->blame() != Blame::unknown;
    }
    if (dynamic_cast<const IoError*>(&error) != nullptr) {
        return dynamic_cast<const UnfitData*>(&error) == nullptr;
    }
    constexpr std::array<std::string_view, 8> accelerators{"CUDA error", "CUDA driver error", "CUDA unknown error", "NCCL", "ncclSystemError", "cuDNN", "CUBLAS_STATUS_", "cusolver"};
    const std::string words = failure_in_words(error.what());
    return !words.starts_with("out of memory") &&
           std::any_of(accelerators.begin(), accelerators.end(), [&](std::string_view name) { return words.find(name) != std::string::npos; });
}

}  // namespace overtake
