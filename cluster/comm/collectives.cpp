#include "cluster/comm/communicator.hpp"
#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/process_group.hpp"
#include "cluster/comm/waiting.hpp"

namespace overtake {

namespace {

template <typename Number>
void all_reduce(const ProcessGroup& group, std::span<Number> data, MPI_Datatype type, MPI_Op operation) {
    if (group.size() == 1) {
        return;
    }
    for_each_piece(data.size(), [&](std::size_t offset, int length) {
        MPI_Request request = MPI_REQUEST_NULL;
        check_mpi(MPI_Iallreduce(MPI_IN_PLACE, data.data() + offset, length, type, operation,
                                 group.state()->communicator, &request),
                  "MPI_Iallreduce");
        wait_for({&request, 1});
    });
}

}  // namespace

void barrier(const ProcessGroup& group) {
    if (group.size() == 1) {
        return;
    }
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibarrier(group.state()->communicator, &request), "MPI_Ibarrier");
    wait_for({&request, 1});
}

void broadcast(const ProcessGroup& group, std::span<std::byte> data, int root) {
    if (group.size() == 1) {
        return;
    }
    for_each_piece(data.size(), [&](std::size_t offset, int length) {
        MPI_Request request = MPI_REQUEST_NULL;
        check_mpi(MPI_Ibcast(data.data() + offset, length, MPI_BYTE, root, group.state()->communicator, &request),
                  "MPI_Ibcast");
        wait_for({&request, 1});
    });
}

void all_reduce_sum(const ProcessGroup& group, std::span<float> data) {
    all_reduce(group, data, MPI_FLOAT, MPI_SUM);
}

void all_reduce_sum(const ProcessGroup& group, std::span<double> data) {
    all_reduce(group, data, MPI_DOUBLE, MPI_SUM);
}

void all_reduce_max(const ProcessGroup& group, std::span<double> data) {
    all_reduce(group, data, MPI_DOUBLE, MPI_MAX);
}

}  // namespace overtake
