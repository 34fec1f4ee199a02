#include <algorithm>
#include <array>
#include <stdexcept>

#include "cluster/comm/communicator.hpp"
#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/process_group.hpp"
#include "cluster/comm/tree_exchange.hpp"
#include "cluster/comm/waiting.hpp"

namespace overtake {

namespace {

constexpr int tree_tag = 0x7265;
// 256 kB: stays in a core's cache between its arrival and its addition.
constexpr std::size_t piece_length = 64 * 1024;
constexpr std::size_t pieces_ahead = 4;

struct Piece {
    std::array<MPI_Request, 2> requests{MPI_REQUEST_NULL, MPI_REQUEST_NULL};
};

struct Stretch {
    std::size_t begin, end;
    std::size_t piece_begin(std::size_t piece) const { return std::min(end, begin + piece * piece_length); }
    int piece_size(std::size_t piece) const { return static_cast<int>(piece_begin(piece + 1) - piece_begin(piece)); }
    std::size_t pieces() const { return (end - begin + piece_length - 1) / piece_length; }
};

void add(float* sum, const float* received, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        sum[i] += received[i];
    }
}

// Pieces in flight are few and in order. A piece is added to only after its own send is through.
void run_exchange(const TreeExchange& exchange, MPI_Comm communicator, float* data, float* scratch) {
    const Stretch sent{exchange.send_begin, exchange.send_end};
    const Stretch received{exchange.receive_begin, exchange.receive_end};
    float* const into = exchange.adds ? scratch : data;
    const std::size_t pieces = std::max(sent.pieces(), received.pieces());
    std::array<Piece, pieces_ahead> in_flight;
    for (std::size_t turn = 0; turn < pieces + pieces_ahead; ++turn) {
        Piece& slot = in_flight[turn % pieces_ahead];
        if (turn >= pieces_ahead) {
            const std::size_t piece = turn - pieces_ahead;
            wait_for(slot.requests);
            if (exchange.adds && piece < received.pieces()) {
                const std::size_t at = received.piece_begin(piece);
                add(data + at, scratch + at, static_cast<std::size_t>(received.piece_size(piece)));
            }
        }
        if (turn < received.pieces()) {
            check_mpi(MPI_Irecv(into + received.piece_begin(turn), received.piece_size(turn), MPI_FLOAT,
                                exchange.partner, tree_tag, communicator, &slot.requests[0]),
                      "MPI_Irecv");
        }
        if (turn < sent.pieces()) {
            check_mpi(MPI_Isend(data + sent.piece_begin(turn), sent.piece_size(turn), MPI_FLOAT, exchange.partner,
                                tree_tag, communicator, &slot.requests[1]),
                      "MPI_Isend");
        }
    }
}

}  // namespace

void all_reduce_tree(const ProcessGroup& group, std::span<float> data, std::span<float> scratch) {
    if (group.size() == 1) {
        return;
    }
    if (scratch.size() < data.size()) {
        throw std::invalid_argument("the scratch of a tree sum is shorter than its data");
    }
    for (const TreeExchange& exchange : tree_exchanges(group.rank(), group.size(), data.size())) {
        run_exchange(exchange, group.state()->communicator, data.data(), scratch.data());
    }
}

}  // namespace overtake
