// What a process group hides: the MPI communicator and the sends that are still on their way. For cluster/comm alone.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <vector>

#include <mpi.h>

#include "cluster/comm/process_group.hpp"

namespace overtake {

/// A message and its request, at one address until MPI has let go of it.
struct PendingSend {
    std::vector<std::byte> data;
    MPI_Request request = MPI_REQUEST_NULL;
};

struct ProcessGroup::State {
    /// Takes the communicator over; it is freed with the last copy of the group unless it is MPI_COMM_WORLD or MPI is down.
    explicit State(MPI_Comm taken);
    ~State();
    State(const State&) = delete;

    MPI_Comm communicator;
    int rank = 0;
    int size = 1;
    std::mutex sends_mutex;
    std::list<PendingSend> sends;
};

/// The longest piece handed to one MPI call, whose counts are int: 2^30 elements.
inline constexpr std::size_t longest_piece = std::size_t{1} << 30;

/// Calls `piece(offset, length)` over [0, count) in pieces that fit an int. An empty range is one call of length 0, so that
/// all ranks make equally many.
template <typename Piece>
void for_each_piece(std::size_t count, Piece piece) {
    std::size_t offset = 0;
    do {
        const std::size_t length = count - offset < longest_piece ? count - offset : longest_piece;
        piece(offset, static_cast<int>(length));
        offset += length;
    } while (offset < count);
}

}  // namespace overtake
