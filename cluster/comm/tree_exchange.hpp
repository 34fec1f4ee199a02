// The tree sum as a plan: who exchanges which stretch with whom, the same for hosts and devices. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace overtake {

/// One exchange with `partner`: send [send_begin, send_end) of the data, receive [receive_begin, receive_end). What comes is
/// added to the data there (`adds`), or replaces it. Either stretch may be empty.
struct TreeExchange {
    int partner = 0;
    std::size_t send_begin = 0, send_end = 0;
    std::size_t receive_begin = 0, receive_end = 0;
    bool adds = true;
    bool operator==(const TreeExchange&) const = default;
};

/// The exchanges of `rank` in order. Every element is summed over the ranks as the balanced tree
/// ((x0 + x1) + (x2 + x3)) + ...: partners are rank XOR 1, then XOR 2, ... Few elements travel whole at each level
/// (recursive doubling, the fewest rounds); many are halved at each level and gathered backwards, so that a rank sends
/// 2 (W-1)/W of them instead of log2 W. The bits are the same. Throws std::invalid_argument unless size is a power of two.
/// Source: Rabenseifner 2004, "Optimization of collective reduction operations", ICCS (halving and doubling).
std::vector<TreeExchange> tree_exchanges(int rank, int size, std::size_t count);

}  // namespace overtake
