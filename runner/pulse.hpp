// Signs of life from deep inside a stage, so that the coordinator can tell slow from hanging.
#pragma once

#include <functional>

#include "runner/progress_watch.hpp"

namespace overtake {

/// Says that a unit of work is over and what comes next. Costs a clock reading; sent on once a second and when the pace changes. Does
/// nothing where no sender was set, and on threads other than the one that set it.
void pulse(Pace next);

/// For as long as it lives, pulses of this thread go to `send`.
class PulseSender {
  public:
    explicit PulseSender(std::function<void(Pace)> send);
    ~PulseSender();
    PulseSender(const PulseSender&) = delete;
};

}  // namespace overtake
