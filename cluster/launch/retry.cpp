#include "cluster/launch/retry.hpp"

#include <exception>
#include <utility>

namespace overtake {

void Retry::attempt(const std::function<void()>& step, Clock::time_point now) {
    if (!wanted_ || (failing_ && now < next_)) {
        return;
    }
    try {
        step();
        wanted_ = false;
        if (std::exchange(failing_, false)) {
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - first_failure_).count();
            news_ = "can " + what_ + " again, after " + std::to_string(seconds) + " s";
        }
    } catch (const std::exception& error) {
        next_ = now + pause_;
        if (!std::exchange(failing_, true)) {
            first_failure_ = now;
            news_ = "cannot " + what_ + " just now (" + error.what() + "); trying again until it works";
        }
    }
}

Retry::Clock::duration Retry::failing_for(Clock::time_point now) const { return failing_ ? now - first_failure_ : Clock::duration::zero(); }

std::string Retry::take_news() { return std::exchange(news_, {}); }

}  // namespace overtake
