#include "runner/pulse.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds between{1};

struct Sender {
    std::function<void(Pace)> send;
    Clock::time_point last;
    std::optional<Pace> pace;
};

thread_local Sender sender;

}  // namespace

void pulse(Pace next) {
    if (!sender.send) {
        return;
    }
    const auto now = Clock::now();
    if (sender.pace != next || now - sender.last >= between) {
        sender.pace = next;
        sender.last = now;
        sender.send(next);
    }
}

PulseSender::PulseSender(std::function<void(Pace)> send) { sender = {std::move(send), Clock::now(), std::nullopt}; }

PulseSender::~PulseSender() { sender = {}; }

}  // namespace overtake
