// The MPI half.
#include "cluster/comm/site_probe.hpp"

#include <array>

#include <mpi.h>

namespace overtake {

MpiProbe::MpiProbe(int& argc, char**& argv) {
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &thread_level_);
    MPI_Comm neighbours = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &neighbours);
    MPI_Comm_rank(neighbours, &local_rank_);
    MPI_Comm_free(&neighbours);
}

MpiProbe::~MpiProbe() { MPI_Finalize(); }

std::string MpiProbe::library() {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
    int length = 0;
    MPI_Get_library_version(text.data(), &length);
    const std::string words(text.data(), static_cast<std::size_t>(length));
    return words.substr(0, words.find('\n'));
}

}  // namespace overtake
