#include "cluster/comm/tree_exchange.hpp"

#include <bit>
#include <stdexcept>
#include <string>

namespace overtake {

namespace {

constexpr std::size_t few_elements = 2048;
constexpr std::size_t cache_line = 16;  // floats: halves start on whole lines

std::vector<TreeExchange> travel_whole(int rank, int size, std::size_t count) {
    std::vector<TreeExchange> exchanges;
    for (int distance = 1; distance < size; distance *= 2) {
        exchanges.push_back({rank ^ distance, 0, count, 0, count, true});
    }
    return exchanges;
}

std::vector<TreeExchange> halve_and_gather(int rank, int size, std::size_t count) {
    std::vector<TreeExchange> exchanges;
    std::size_t begin = 0;
    std::size_t end = count;
    for (int distance = 1; distance < size; distance *= 2) {
        const std::size_t middle = begin + (end - begin) / 2 / cache_line * cache_line;
        if (rank & distance) {
            exchanges.push_back({rank ^ distance, begin, middle, middle, end, true});
            begin = middle;
        } else {
            exchanges.push_back({rank ^ distance, middle, end, begin, middle, true});
            end = middle;
        }
    }
    // Backwards, what was given away comes home summed, and what was kept goes out.
    for (std::size_t level = exchanges.size(); level-- > 0;) {
        const TreeExchange halved = exchanges[level];
        exchanges.push_back({halved.partner, halved.receive_begin, halved.receive_end, halved.send_begin,
                             halved.send_end, false});
    }
    return exchanges;
}

}  // namespace

std::vector<TreeExchange> tree_exchanges(int rank, int size, std::size_t count) {
    if (size < 1 || !std::has_single_bit(static_cast<unsigned>(size))) {
        throw std::invalid_argument("a tree sum over " + std::to_string(size) + " ranks (must be a power of two)");
    }
    return count <= few_elements ? travel_whole(rank, size, count) : halve_and_gather(rank, size, count);
}

}  // namespace overtake
