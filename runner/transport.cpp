#include "runner/transport.hpp"

#include <iterator>
#include <map>

#include "runner/say.hpp"

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int to_coordinator_tag = 1;
constexpr int to_worker_tag = 2;

void append(std::vector<std::byte>& data, const std::vector<std::byte>& message) { data.insert(data.end(), message.begin(), message.end()); }

}  // namespace

void CoordinatorEnd::send(const std::vector<Outgoing>& messages) const {
    std::map<int, std::vector<std::byte>> parcels;
    for (const Outgoing& message : messages) {
        append(parcels[message.to], encode(message.message));
    }
    for (const auto& [to, data] : parcels) {
        send_message(group_, to, to_worker_tag, data);
        active_ = Clock::now();
    }
}

std::vector<std::pair<int, ToCoordinator>> CoordinatorEnd::receive(std::chrono::milliseconds timeout) const {
    std::vector<std::pair<int, ToCoordinator>> messages;
    for (const ReceivedMessage& received : receive_messages(group_, to_coordinator_tag, timeout, active_)) {
        active_ = Clock::now();
        if (auto parcel = decode_all_to_coordinator(received.data)) {
            for (ToCoordinator& message : *parcel) {
                messages.emplace_back(received.source, std::move(message));
            }
        } else {
            say("dropped bytes from rank " + std::to_string(received.source) +
                " that are no message of this version (are all ranks the same program?)");
        }
    }
    return messages;
}

void WorkerEnd::send(const ToCoordinator& message) const { send(std::span(&message, 1)); }

void WorkerEnd::send(std::span<const ToCoordinator> messages) const {
    std::vector<std::byte> data;
    for (const ToCoordinator& message : messages) {
        append(data, encode(message));
    }
    send_message(group_, 0, to_coordinator_tag, data);
    active_ = Clock::now();
}

std::vector<ToWorker> WorkerEnd::receive(std::chrono::milliseconds timeout) const {
    std::vector<ToWorker> messages;
    for (const ReceivedMessage& received : receive_messages(group_, to_worker_tag, timeout, active_)) {
        active_ = Clock::now();
        if (auto parcel = decode_all_to_worker(received.data)) {
            std::move(parcel->begin(), parcel->end(), std::back_inserter(messages));
        }
    }
    return messages;
}

}  // namespace overtake
