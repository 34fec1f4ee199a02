#include "cluster/comm/process_group.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "cluster/comm/communicator.hpp"
#include "cluster/comm/mpi_environment.hpp"

namespace overtake {

namespace {

struct RankList {
    MPI_Group group = MPI_GROUP_NULL;
    ~RankList() {
        if (group != MPI_GROUP_NULL) {
            MPI_Group_free(&group);
        }
    }
};

void expect_members(std::span<const int> ranks, const ProcessGroup& group) {
    const bool ascending = std::adjacent_find(ranks.begin(), ranks.end(), std::greater_equal<>()) == ranks.end();
    if (ranks.empty() || !ascending || ranks.front() < 0 || ranks.back() >= group.size()) {
        throw std::invalid_argument("the ranks of a subgroup must ascend within [0, " + std::to_string(group.size()) +
                                    ")");
    }
    if (!std::binary_search(ranks.begin(), ranks.end(), group.rank())) {
        throw std::invalid_argument("rank " + std::to_string(group.rank()) + " asked for a subgroup without itself");
    }
}

}  // namespace

ProcessGroup::State::State(MPI_Comm taken) : communicator(taken) {
    check_mpi(MPI_Comm_rank(communicator, &rank), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(communicator, &size), "MPI_Comm_size");
}

ProcessGroup::State::~State() {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (finalized) {
        return;
    }
    // A message that nobody has taken after a second never will be; MPI keeps its bytes, so they are left to it.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    for (PendingSend& send : sends) {
        int done = 0;
        while (MPI_Test(&send.request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done) {
            if (std::chrono::steady_clock::now() > deadline) {
                MPI_Request_free(&send.request);
                static_cast<void>(new std::vector<std::byte>(std::move(send.data)));
                break;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }
    if (communicator != MPI_COMM_WORLD) {
        MPI_Comm_free(&communicator);
    }
}

ProcessGroup::ProcessGroup() noexcept = default;

ProcessGroup ProcessGroup::world() {
    int initialized = 0;
    int finalized = 0;
    check_mpi(MPI_Initialized(&initialized), "MPI_Initialized");
    check_mpi(MPI_Finalized(&finalized), "MPI_Finalized");
    if (!initialized || finalized) {
        throw MpiError(MPI_ERR_OTHER, "ProcessGroup::world");
    }
    ProcessGroup group;
    group.state_ = std::make_shared<State>(MPI_COMM_WORLD);
    return group;
}

ProcessGroup ProcessGroup::subgroup(std::span<const int> ranks, int tag) const {
    expect_members(ranks, *this);
    ProcessGroup group;
    if (ranks.size() == 1) {
        return group;
    }
    RankList all;
    RankList chosen;
    MPI_Comm communicator = MPI_COMM_NULL;
    check_mpi(MPI_Comm_group(state_->communicator, &all.group), "MPI_Comm_group");
    check_mpi(MPI_Group_incl(all.group, static_cast<int>(ranks.size()), ranks.data(), &chosen.group), "MPI_Group_incl");
    check_mpi(MPI_Comm_create_group(state_->communicator, chosen.group, tag, &communicator), "MPI_Comm_create_group");
    group.state_ = std::make_shared<State>(communicator);
    return group;
}

ProcessGroup ProcessGroup::duplicate() const {
    ProcessGroup group;
    if (state_) {
        MPI_Comm communicator = MPI_COMM_NULL;
        check_mpi(MPI_Comm_dup(state_->communicator, &communicator), "MPI_Comm_dup");
        group.state_ = std::make_shared<State>(communicator);
    }
    return group;
}

int ProcessGroup::rank() const noexcept {
    return state_ ? state_->rank : 0;
}

int ProcessGroup::size() const noexcept {
    return state_ ? state_->size : 1;
}

}  // namespace overtake
