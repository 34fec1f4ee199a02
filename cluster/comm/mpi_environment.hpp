// MPI's life in the program: up with MPI_THREAD_MULTIPLE, down at the end, aborted while an exception unwinds on one rank.
#pragma once

#include <string>
#include <system_error>

namespace overtake {

class MpiError : public std::system_error {
  public:
    MpiError(int code, const char* call);
};

/// Throws MpiError if `code` is not MPI_SUCCESS; `call` names the MPI function.
void check_mpi(int code, const char* call);

class MpiEnvironment {
  public:
    /// Throws std::runtime_error in words if the library gives less than MPI_THREAD_MULTIPLE.
    MpiEnvironment(int& argc, char**& argv);
    ~MpiEnvironment();  // finalises, but not while an exception unwinds: the others would hang
    MpiEnvironment(const MpiEnvironment&) = delete;
    /// MPI_Abort of the whole program.
    [[noreturn]] static void abort(int code);
    /// Rank among the ranks of this host, and the host's name: for devices and for messages.
    static int local_rank();
    static std::string host();
};

}  // namespace overtake
