#include "runner/position_bins.hpp"

#include <algorithm>

namespace overtake {

std::vector<std::int64_t> position_bins(std::int64_t length, std::int64_t train_length) {
    std::vector<std::int64_t> bins{0};
    for (std::int64_t edge = 1; edge < length; edge *= 2) {
        bins.push_back(edge);
    }
    if (train_length > 0 && train_length < length && !std::binary_search(bins.begin(), bins.end(), train_length)) {
        bins.insert(std::upper_bound(bins.begin(), bins.end(), train_length), train_length);
    }
    return bins;
}

}  // namespace overtake
