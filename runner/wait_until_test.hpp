// How tests wait for what other processes do.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace overtake {

/// Looks every 20 ms. False if `condition` is still false after `seconds`.
inline bool wait_until(const std::function<bool()>& condition, int seconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace overtake
