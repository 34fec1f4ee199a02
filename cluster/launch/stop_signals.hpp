// SIGTERM, SIGINT, SIGUSR1, SIGUSR2 and SIGURG as bytes in a pipe: the handlers do nothing else, the supervisor's loop decides.
#pragma once

namespace overtake {

/// Handlers are in place while it lives; one at a time. SIGURG is what our batch scripts ask
/// Slurm for: unlike the others it kills nobody who doesn't listen yet.
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
