#include "cluster/comm/mpi_environment.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include <mpi.h>

namespace overtake {

namespace {

bool is_up() {
    int initialized = 0;
    int finalized = 0;
    MPI_Initialized(&initialized);
    MPI_Finalized(&finalized);
    return initialized && !finalized;
}

class MpiCategory final : public std::error_category {
  public:
    const char* name() const noexcept override { return "MPI"; }
    std::string message(int code) const override {
        std::array<char, MPI_MAX_ERROR_STRING> text{};
        int length = 0;
        if (!is_up() || MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) {
            return "error code " + std::to_string(code) + " while MPI is not up";
        }
        return std::string(text.data(), static_cast<std::size_t>(length));
    }
};

const std::error_category& mpi_category() {
    static const MpiCategory category;
    return category;
}

// As much a part of the process as MPI itself: set when MPI comes up, since finding it is collective.
int rank_on_host = 0;

int find_local_rank() {
    MPI_Comm neighbours = MPI_COMM_NULL;
    int rank = 0;
    check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &neighbours),
              "MPI_Comm_split_type");
    check_mpi(MPI_Comm_rank(neighbours, &rank), "MPI_Comm_rank");
    check_mpi(MPI_Comm_free(&neighbours), "MPI_Comm_free");
    return rank;
}

}  // namespace

MpiError::MpiError(int code, const char* call) : std::system_error(code, mpi_category(), call) {}

void check_mpi(int code, const char* call) {
    if (code != MPI_SUCCESS) {
        throw MpiError(code, call);
    }
}

MpiEnvironment::MpiEnvironment(int& argc, char**& argv) {
    int provided = MPI_THREAD_SINGLE;
    check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_MULTIPLE) {
        throw std::runtime_error(
            "this MPI library gives thread level " + std::to_string(provided) +
            " (MPI_THREAD_MULTIPLE is needed); use an MPI built with thread support, as Debian's Open MPI is");
    }
    check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check_mpi(MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    rank_on_host = find_local_rank();
}

MpiEnvironment::~MpiEnvironment() {
    if (std::uncaught_exceptions() == 0 && is_up()) {
        MPI_Finalize();
    }
}

void MpiEnvironment::abort(int code) {
    if (is_up()) {
        MPI_Abort(MPI_COMM_WORLD, code);
    }
    std::_Exit(code);
}

int MpiEnvironment::local_rank() {
    return rank_on_host;
}

std::string MpiEnvironment::host() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown host";
}

}  // namespace overtake
