#include "runner/told_to_stop.hpp"

#include <signal.h>

namespace overtake {

namespace {

volatile sig_atomic_t told = 0;

void on_signal(int) { told = 1; }

}  // namespace

void heed_stop_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGTERM, SIGUSR2}) {
        sigaction(number, &action, nullptr);
    }
}

bool told_to_stop() noexcept { return told != 0; }

}  // namespace overtake
