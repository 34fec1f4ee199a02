// Which stage hangs: the one of whose team nothing was heard for longer than its own pace allows. Pure; time is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace overtake {

/// What a sign of life says of the time until the next one.
enum class Pace {
    steps,     // the next comes after a shard of a training step
    long_work  // set-up, a checkpoint, a unit of an evaluation or a search: nobody knows how long
};

struct Hang {
    std::optional<std::uint32_t> stage;  // nullopt: nothing runs, and ranks that should ask for work don't
    double silent_s = 0;
};

/// A training stage hangs after max(floor, 10 x the longest time between two of its signs), long work after ten times the floor or ten
/// times the longest such work of the stage. Its clock advances by at most a second per look, so that a pause of this whole program
/// (a suspended job, a sleeping laptop) accuses nobody. Look several times a second.
class ProgressWatch {
  public:
    explicit ProgressWatch(double floor_s) : floor_s_(floor_s) {}

    /// `unit_s`: how long a shard may well take that nobody has measured yet; ten times that are waited for the first one.
    void on_assigned(std::uint32_t stage, double unit_s);
    void on_sign(std::uint32_t stage, Pace pace);
    void on_ended(std::uint32_t stage);
    /// The stage that is silent for longest beyond what it may be, if there is one. `now_s` from any steady clock.
    std::optional<Hang> look(double now_s);

  private:
    struct Watched {
        Pace pace = Pace::steps;
        double heard_s = 0;             // on the watch's clock
        double unit_s = 0;              // guess of a shard
        double step_s = 0, long_s = 0;  // longest gaps so far, by the pace that was told at their beginning
        bool assigned = true;           // its first rank has not yet answered
        bool stepped = false;           // step_s was measured from one shard to the next
    };
    double patience_s(const Watched& stage) const;

    double floor_s_, clock_s_ = 0, idle_since_s_ = 0;
    std::optional<double> last_look_s_;
    std::map<std::uint32_t, Watched> running_;
};

}  // namespace overtake
