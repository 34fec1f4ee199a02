// How a rank waits: first awake, then giving way, then asleep, so that waiting is quick when short and cheap when long.
#pragma once

#include <chrono>
#include <span>

#include <mpi.h>

namespace overtake {

/// The pauses of one wait. Awake for `awake`, then the core is offered to others until `yielding`, then each sleep is an
/// eighth of the time waited so far, within [50 us, longest_sleep]: sleeping makes a long wait at most about that much longer.
struct WaitingPolicy {
    std::chrono::microseconds awake;
    std::chrono::microseconds yielding;
    std::chrono::microseconds longest_sleep;
};

/// Between ranks of a team, where the answer comes within a step.
inline constexpr WaitingPolicy for_a_partner{std::chrono::microseconds(20), std::chrono::microseconds(500),
                                             std::chrono::microseconds(500)};
/// For messages, which may not come for minutes. On a virtual machine waking up costs up to 40 us of a core, so 12 ms keep an idle rank
/// below 1 %, also the first, where coordinator and worker wait.
inline constexpr WaitingPolicy for_a_message{std::chrono::microseconds(0), std::chrono::microseconds(20),
                                             std::chrono::microseconds(12000)};

class Wait {
  public:
    using Clock = std::chrono::steady_clock;
    /// `since`: when the wait began; what has waited for long already goes on with long sleeps.
    explicit Wait(const WaitingPolicy& policy, Clock::time_point since = Clock::now()) : policy_(policy), start_(since) {}
    /// One pause, never beyond `deadline` by more than the scheduler adds.
    void pause(Clock::time_point deadline = Clock::time_point::max());
    Clock::time_point start() const { return start_; }

  private:
    WaitingPolicy policy_;
    Clock::time_point start_;
};

/// Waits for all requests, polling (MPI_Wait would spin for as long as it takes). Throws MpiError.
void wait_for(std::span<MPI_Request> requests, const WaitingPolicy& policy = for_a_partner);

}  // namespace overtake
