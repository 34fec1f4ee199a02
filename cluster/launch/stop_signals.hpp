// SIGTERM, SIGINT and SIGUSR2 as bytes in a pipe: the handlers do nothing else, the supervisor's loop decides.
#pragma once

namespace overtake {

/// Handlers are in place while it lives; one at a time. Not SIGUSR1, which NCCL may catch.
class StopSignals {
  public:
    StopSignals();   // throws IoError
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    int descriptor() const noexcept;  // becomes readable with a signal
    /// The next signal that came, or 0. Never waits.
    int take() noexcept;
};

}  // namespace overtake
