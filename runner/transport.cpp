#include "runner/transport.hpp"

#include "runner/records.hpp"

namespace overtake {

namespace {
constexpr int to_coordinator_tag = 1;
constexpr int to_worker_tag = 2;
}  // namespace

void CoordinatorEnd::send(int to, const ToWorker& message) const {
    send_message(group_, to, to_worker_tag, encode(message));
}

std::vector<std::pair<int, ToCoordinator>> CoordinatorEnd::receive(std::chrono::milliseconds timeout) const {
    std::vector<std::pair<int, ToCoordinator>> messages;
    for (const ReceivedMessage& received : receive_messages(group_, to_coordinator_tag, timeout)) {
        if (auto message = decode_to_coordinator(received.data)) {
            messages.emplace_back(received.source, std::move(*message));
        } else {
            say("dropped bytes from rank " + std::to_string(received.source) +
                " that are no message of this version (are all ranks the same program?)");
        }
    }
    return messages;
}

void WorkerEnd::send(const ToCoordinator& message) const { send_message(group_, 0, to_coordinator_tag, encode(message)); }

std::vector<ToWorker> WorkerEnd::receive(std::chrono::milliseconds timeout) const {
    std::vector<ToWorker> messages;
    for (const ReceivedMessage& received : receive_messages(group_, to_worker_tag, timeout)) {
        if (auto message = decode_to_worker(received.data)) {
            messages.push_back(std::move(*message));
        }
    }
    return messages;
}

}  // namespace overtake
