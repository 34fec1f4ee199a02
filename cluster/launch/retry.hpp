// What the sweep folder refuses now and takes later: tried again until it works, and said once.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace overtake {

/// One thing that is to be written sooner or later. A supervisor has several: its lock, strikes, the order to stop, a job's lives. None of
/// them is worth a sweep: a disk that is full or out of reach for a while must not end one.
class Retry {
  public:
    using Clock = std::chrono::steady_clock;

    /// `what` is what it does, in words that go behind "cannot".
    explicit Retry(std::string what, std::chrono::milliseconds pause = std::chrono::seconds(1)) : what_(std::move(what)), pause_(pause) {}

    void want() noexcept { wanted_ = true; }
    void hurry() noexcept { next_ = {}; }  // the next attempt waits for nothing
    bool is_wanted() const noexcept { return wanted_; }

    /// Calls `step` if it is wanted and the last failure is long enough ago; what does not throw is done. Never throws.
    void attempt(const std::function<void()>& step, Clock::time_point now);

    /// How long it has failed by now; zero while it works.
    Clock::duration failing_for(Clock::time_point now) const;

    /// What nobody was told yet, a sentence: that it fails, or works again. Empty: nothing new.
    std::string take_news();

  private:
    std::string what_, news_;
    std::chrono::milliseconds pause_;
    bool wanted_ = false, failing_ = false;
    Clock::time_point first_failure_, next_;
};

}  // namespace overtake
