// What a run took besides training: how long teams had their stages, and how long nobody had one.
#pragma once

#include <map>
#include <string>

#include "sweeps/run_lines.hpp"

namespace overtake {

/// Hears the run lines. Times are seconds of one clock.
class RunPace {
  public:
    explicit RunPace(double start_s) : start_s_(start_s) {}
    void on_line(const RunLine& line, double now_s);

    /// Of stages that were begun and done by one launch: from the hand-out to the word of their end, which is longer than their record says (it knows
    /// neither its own writing nor what came before the first step).
    const std::map<std::string, double>& seconds_with_team() const noexcept { return took_s_; }
    /// Before the first hand-out and behind the last end; 0 if nothing was handed out.
    double launch_seconds(double now_s) const noexcept;

  private:
    double start_s_, first_s_ = -1, last_s_ = -1;
    std::map<std::string, double> since_s_, took_s_;
};

}  // namespace overtake
