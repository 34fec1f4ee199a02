// Bins of position in a window, for loss by position: doubling in width, with an edge at the train length.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

/// First positions of bins that cover [0, length): 0, 1, 2, 4, 8, ... and train_length where it falls inside.
std::vector<std::int64_t> position_bins(std::int64_t length, std::int64_t train_length);

}  // namespace overtake
