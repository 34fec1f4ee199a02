// NCCL's symbols over MPI and host memory, so that teams on devices run where NCCL can't: several ranks on one GPU, or no GPU.
//
// For tests: LD_PRELOAD it and set OVERTAKE_SHARED_GPU_OK=1. Every call finishes what it starts before it returns, which NCCL
// allows but never does, so it proves the logic of the device path and its results, not its speed and not its overlap.
// It knows float sums, sends and receives; anything else is refused. Needs MPI up with MPI_THREAD_MULTIPLE.
// FAKE_NCCL_VERSION is what it calls itself (0); with FAKE_NCCL_FAULT set, what this rank receives or gets as a sum is wrong in one element.
#include <atomic>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <cuda_runtime_api.h>
#include <mpi.h>
#include <nccl.h>

#include "cluster/comm/stand_ins/nccl_stand_in.hpp"

struct ncclComm {
    MPI_Comm communicator = MPI_COMM_NULL;
};

namespace {

// Beyond the tags that cluster/comm uses on MPI_COMM_WORLD.
constexpr int first_tag = 1 << 20;

struct Identity {
    int creator;  // rank in MPI_COMM_WORLD
    int tag;
};

enum class Kind { all_reduce, send, receive };

struct Operation {
    Kind kind;
    const void* from;
    void* to;
    std::size_t count;
    int peer;
    ncclComm_t communicator;
    cudaStream_t stream;
};

std::atomic<std::int64_t> floats_moved{0};
thread_local int open_groups = 0;
thread_local std::vector<Operation> queued;
thread_local const char* last_error = "";

ncclResult_t refuse(const char* why) {
    last_error = why;
    return ncclInvalidArgument;
}

bool fine(int mpi_code) {
    if (mpi_code != MPI_SUCCESS) {
        last_error = "the stand-in's MPI call failed";
    }
    return mpi_code == MPI_SUCCESS;
}

bool fine(cudaError_t cuda_code) {
    if (cuda_code != cudaSuccess) {
        last_error = cudaGetErrorString(cuda_code);
    }
    return cuda_code == cudaSuccess;
}

/// Runs the operations as one NCCL group: all sends and receives are under way together.
ncclResult_t run(const std::vector<Operation>& operations) {
    std::vector<std::vector<float>> staged(operations.size());
    std::vector<MPI_Request> requests(operations.size(), MPI_REQUEST_NULL);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Operation& operation = operations[i];
        const int count = static_cast<int>(operation.count);
        const MPI_Comm communicator = operation.communicator->communicator;
        staged[i].resize(operation.count);
        floats_moved += count;
        if (operation.kind != Kind::receive &&
            !(fine(cudaMemcpyAsync(staged[i].data(), operation.from, operation.count * sizeof(float),
                                   cudaMemcpyDeviceToHost, operation.stream)) &&
              fine(cudaStreamSynchronize(operation.stream)))) {
            return ncclUnhandledCudaError;
        }
        int code = MPI_SUCCESS;
        switch (operation.kind) {
            case Kind::all_reduce:
                code = MPI_Iallreduce(MPI_IN_PLACE, staged[i].data(), count, MPI_FLOAT, MPI_SUM, communicator, &requests[i]);
                break;
            case Kind::send:
                code = MPI_Isend(staged[i].data(), count, MPI_FLOAT, operation.peer, 0, communicator, &requests[i]);
                break;
            case Kind::receive:
                code = MPI_Irecv(staged[i].data(), count, MPI_FLOAT, operation.peer, 0, communicator, &requests[i]);
                break;
        }
        if (!fine(code)) {
            return ncclSystemError;
        }
    }
    if (!fine(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE))) {
        return ncclSystemError;
    }
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Operation& operation = operations[i];
        if (operation.kind != Kind::send && !staged[i].empty() && std::getenv("FAKE_NCCL_FAULT") != nullptr) {
            staged[i].front() += 1;
        }
        if (operation.kind != Kind::send &&
            !(fine(cudaMemcpyAsync(operation.to, staged[i].data(), operation.count * sizeof(float),
                                   cudaMemcpyHostToDevice, operation.stream)) &&
              fine(cudaStreamSynchronize(operation.stream)))) {
            return ncclUnhandledCudaError;
        }
    }
    return ncclSuccess;
}

ncclResult_t take(const Operation& operation, ncclDataType_t type) {
    if (type != ncclFloat32 || operation.count > INT_MAX || !operation.communicator) {
        return refuse("the stand-in knows up to 2^31 - 1 floats");
    }
    if (open_groups > 0) {
        queued.push_back(operation);
        return ncclSuccess;
    }
    return run({operation});
}

}  // namespace

std::int64_t overtake::floats_moved_by_stand_in() {
    return floats_moved;
}

extern "C" {

ncclResult_t ncclGetVersion(int* version) {
    const char* asked = std::getenv("FAKE_NCCL_VERSION");
    *version = asked == nullptr ? 0 : std::atoi(asked);
    return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
    static std::atomic<int> drawn{0};
    Identity identity{};
    if (!fine(MPI_Comm_rank(MPI_COMM_WORLD, &identity.creator))) {
        return ncclSystemError;
    }
    identity.tag = first_tag + drawn++;
    std::memset(id, 0, sizeof *id);
    std::memcpy(id, &identity, sizeof identity);
    return ncclSuccess;
}

// The creator of the id learns who is who, tells all, and together they make an MPI communicator in NCCL's order of ranks.
ncclResult_t ncclCommInitRank(ncclComm_t* made, int ranks, ncclUniqueId id, int rank) {
    Identity identity{};
    std::memcpy(&identity, &id, sizeof identity);
    int me = 0;
    std::vector<int> members(static_cast<std::size_t>(ranks));
    bool good = fine(MPI_Comm_rank(MPI_COMM_WORLD, &me));
    if (good && me == identity.creator) {
        members[static_cast<std::size_t>(rank)] = me;
        for (int other = 1; good && other < ranks; ++other) {
            int their_rank = 0;
            MPI_Status status;
            good = fine(MPI_Recv(&their_rank, 1, MPI_INT, MPI_ANY_SOURCE, identity.tag, MPI_COMM_WORLD, &status));
            members[static_cast<std::size_t>(their_rank)] = status.MPI_SOURCE;
        }
        for (const int member : members) {
            good = good && (member == me ||
                            fine(MPI_Send(members.data(), ranks, MPI_INT, member, identity.tag, MPI_COMM_WORLD)));
        }
    } else if (good) {
        good = fine(MPI_Send(&rank, 1, MPI_INT, identity.creator, identity.tag, MPI_COMM_WORLD)) &&
               fine(MPI_Recv(members.data(), ranks, MPI_INT, identity.creator, identity.tag, MPI_COMM_WORLD,
                             MPI_STATUS_IGNORE));
    }
    MPI_Group world = MPI_GROUP_NULL;
    MPI_Group chosen = MPI_GROUP_NULL;
    auto* communicator = new ncclComm;
    good = good && fine(MPI_Comm_group(MPI_COMM_WORLD, &world)) &&
           fine(MPI_Group_incl(world, ranks, members.data(), &chosen)) &&
           fine(MPI_Comm_create_group(MPI_COMM_WORLD, chosen, identity.tag, &communicator->communicator));
    for (MPI_Group* group : {&world, &chosen}) {
        if (*group != MPI_GROUP_NULL) {
            MPI_Group_free(group);
        }
    }
    if (!good) {
        delete communicator;
        return ncclSystemError;
    }
    *made = communicator;
    return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t communicator) {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (!finalized) {
        MPI_Comm_free(&communicator->communicator);
    }
    delete communicator;
    return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t communicator) {
    return ncclCommDestroy(communicator);
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t, ncclResult_t* error) {
    *error = ncclSuccess;
    return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* from, void* to, size_t count, ncclDataType_t type, ncclRedOp_t operation,
                           ncclComm_t communicator, cudaStream_t stream) {
    if (operation != ncclSum) {
        return refuse("the stand-in knows sums only");
    }
    return take({Kind::all_reduce, from, to, count, 0, communicator, stream}, type);
}

ncclResult_t ncclSend(const void* from, size_t count, ncclDataType_t type, int peer, ncclComm_t communicator,
                      cudaStream_t stream) {
    return take({Kind::send, from, nullptr, count, peer, communicator, stream}, type);
}

ncclResult_t ncclRecv(void* to, size_t count, ncclDataType_t type, int peer, ncclComm_t communicator,
                      cudaStream_t stream) {
    return take({Kind::receive, nullptr, to, count, peer, communicator, stream}, type);
}

ncclResult_t ncclGroupStart() {
    ++open_groups;
    return ncclSuccess;
}

ncclResult_t ncclGroupEnd() {
    if (open_groups == 0) {
        return ncclInvalidUsage;
    }
    if (--open_groups > 0) {
        return ncclSuccess;
    }
    const std::vector<Operation> operations = std::move(queued);
    queued.clear();
    return run(operations);
}

const char* ncclGetErrorString(ncclResult_t code) {
    return code == ncclSuccess ? "no error" : code == ncclInvalidArgument ? "invalid argument" : "stand-in failed";
}

const char* ncclGetLastError(ncclComm_t) {
    return last_error;
}

}  // extern "C"
