#include "cluster/comm/waiting.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

#include "cluster/comm/mpi_environment.hpp"

namespace overtake {

void Wait::pause(Clock::time_point deadline) {
    const Clock::time_point now = Clock::now();
    const Clock::duration waited = now - start_;
    if (waited < policy_.awake) {
        return;
    }
    if (waited < policy_.yielding) {
        sched_yield();
        return;
    }
    const Clock::duration shortest = std::chrono::microseconds(50);
    const Clock::duration nap = std::clamp<Clock::duration>(waited / 8, shortest, policy_.longest_sleep);
    std::this_thread::sleep_for(std::min(nap, deadline - now));
}

void wait_for(std::span<MPI_Request> requests, const WaitingPolicy& policy) {
    Wait wait(policy);
    int done = 0;
    while (true) {
        check_mpi(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE),
                  "MPI_Testall");
        if (done) {
            return;
        }
        wait.pause();
    }
}

}  // namespace overtake
