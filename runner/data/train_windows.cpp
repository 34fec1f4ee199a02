#include "runner/data/train_windows.hpp"

#include <algorithm>

#include "runner/data/split.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

TrainWindows::TrainWindows(const Split& split, std::int64_t length) : length_(length), first_windows_{0} {
    expects(length >= 1, "a window has at least one token");
    for (const Stretch& stretch : split.training()) {
        begins_.push_back(stretch.begin);
        first_windows_.push_back(count() + std::max<std::int64_t>(0, stretch.size() - 1) / length);
    }
}

std::int64_t TrainWindows::start(std::int64_t window) const {
    expects(window >= 0 && window < count(), "the window is one of count()");
    const auto next = std::upper_bound(first_windows_.begin(), first_windows_.end(), window);
    const auto stretch = static_cast<std::size_t>(next - first_windows_.begin()) - 1;
    return begins_[stretch] + (window - first_windows_[stretch]) * length_;
}

}  // namespace overtake
