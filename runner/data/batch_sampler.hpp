// Which windows a step reads: a function of (seed, step) alone, without replacement within an epoch.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

/// Windows of `step` (0-based), batch_sequences of them, as indices below `windows`. Position k = step *
/// batch_sequences + j of the endless stream lies in epoch k / windows; each epoch is a seeded pseudo-random
/// permutation of all windows (a Feistel network with cycle walking), so no state is kept and any step can be asked
/// for. Throws std::logic_error if windows < 1.
std::vector<std::int64_t> batch_windows(std::int64_t seed, std::int64_t step, std::int64_t batch_sequences,
                                        std::int64_t windows);

}  // namespace overtake
