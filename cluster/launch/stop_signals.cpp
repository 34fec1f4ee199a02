// The self-pipe.
#include "cluster/launch/stop_signals.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cluster/launch/process.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::array<int, 5> stop_signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGURG};
int read_end = -1;   // a signal handler can reach nothing but a global
int write_end = -1;
std::array<struct sigaction, stop_signals.size()> before{};

void on_signal(int number) {
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const auto written = write(write_end, &byte, 1);
    errno = saved;
}

}  // namespace

StopSignals::StopSignals() {
    expects(write_end < 0, "signals are watched once at a time");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        throw IoError("cannot make the pipe for signals; raise the limit of open files (ulimit -n)");
    }
    read_end = ends[0];
    write_end = ends[1];
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < stop_signals.size(); ++i) {
        sigaction(stop_signals[i], &action, &before[i]);
    }
}

StopSignals::~StopSignals() {
    for (std::size_t i = 0; i < stop_signals.size(); ++i) {
        sigaction(stop_signals[i], &before[i], nullptr);
    }
    close(read_end);
    close(write_end);
    read_end = write_end = -1;
}

int StopSignals::descriptor() const noexcept { return read_end; }

int StopSignals::take() noexcept {
    unsigned char byte = 0;
    return read(read_end, &byte, 1) == 1 ? byte : 0;
}

}  // namespace overtake
