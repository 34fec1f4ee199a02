#include <climits>
#include <stdexcept>

#include "cluster/comm/communicator.hpp"
#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/process_group.hpp"
#include "cluster/comm/waiting.hpp"

namespace overtake {

namespace {

/// Lets go of the sends that are through; answers whether none is left.
bool push_sends(ProcessGroup::State& state) {
    const std::lock_guard lock(state.sends_mutex);
    for (auto send = state.sends.begin(); send != state.sends.end();) {
        int done = 0;
        check_mpi(MPI_Test(&send->request, &done, MPI_STATUS_IGNORE), "MPI_Test");
        send = done ? state.sends.erase(send) : std::next(send);
    }
    return state.sends.empty();
}

bool take_one(ProcessGroup::State& state, int tag, std::vector<ReceivedMessage>& received) {
    int found = 0;
    MPI_Message handle = MPI_MESSAGE_NULL;
    MPI_Status status;
    check_mpi(MPI_Improbe(MPI_ANY_SOURCE, tag, state.communicator, &found, &handle, &status), "MPI_Improbe");
    if (!found) {
        return false;
    }
    int bytes = 0;
    check_mpi(MPI_Get_count(&status, MPI_BYTE, &bytes), "MPI_Get_count");
    ReceivedMessage& message = received.emplace_back();
    message.source = status.MPI_SOURCE;
    message.data.resize(static_cast<std::size_t>(bytes));
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Imrecv(message.data.data(), bytes, MPI_BYTE, &handle, &request), "MPI_Imrecv");
    wait_for({&request, 1});
    return true;
}

}  // namespace

void send_message(const ProcessGroup& group, int to, int tag, std::span<const std::byte> data) {
    if (!group.state()) {
        throw std::logic_error("the empty group has nobody to send to");
    }
    if (data.size() > INT_MAX) {
        throw std::length_error("a message of " + std::to_string(data.size()) + " bytes (must be below 2 GiB)");
    }
    ProcessGroup::State& state = *group.state();
    {
        const std::lock_guard lock(state.sends_mutex);
        PendingSend& send = state.sends.emplace_back();
        send.data.assign(data.begin(), data.end());
        check_mpi(MPI_Isend(send.data.data(), static_cast<int>(data.size()), MPI_BYTE, to, tag, state.communicator,
                            &send.request),
                  "MPI_Isend");
    }
    Wait wait(for_a_partner);
    const auto deadline = wait.start() + std::chrono::milliseconds(20);
    while (!push_sends(state) && Wait::Clock::now() < deadline) {
        wait.pause(deadline);
    }
}

std::vector<ReceivedMessage> receive_messages(const ProcessGroup& group, int tag, std::chrono::milliseconds timeout, Wait::Clock::time_point idle_since) {
    std::vector<ReceivedMessage> received;
    Wait wait(for_a_message, idle_since);
    const auto deadline = Wait::Clock::now() + timeout;
    while (true) {
        if (group.state()) {
            push_sends(*group.state());
            while (take_one(*group.state(), tag, received)) {
            }
        }
        if (!received.empty() || Wait::Clock::now() >= deadline) {
            return received;
        }
        wait.pause(deadline);
    }
}

}  // namespace overtake
