// Which ready stages start now, and how wide: in the planned order, room kept for the first that doesn't fit, short ones backfilled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace overtake {

inline constexpr auto no_stage = static_cast<std::size_t>(-1);
inline constexpr int most_doublings = 16;  // teams of up to 65,536 ranks

/// A stage as the planner sees it. `seconds[k]` is the time of its rest on 2^k ranks, for k <= doublings.
struct PlannedStage {
    std::size_t parent = no_stage;
    bool open = false;      // to be started yet
    int running_width = 0;  // > 0: runs now, for another seconds[0]
    double tolerance_s = 0;  // of that end
    int doublings = 0;
    std::array<double, most_doublings + 1> seconds{};

    double seconds_on(int width) const;  // width: a power of two <= 2^doublings
    /// Of all widths: the shortest time, and the smallest product of width and time.
    double best_seconds() const, least_area() const;
};

/// The order in which stages are to start, and which of them could. An order holds every stage once.
class ReadyQueue {
  public:
    ReadyQueue() = default;
    explicit ReadyQueue(std::vector<std::uint32_t> order);
    void insert(std::size_t stage);
    void erase(std::size_t stage);
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    /// The first ready stage at or behind a place in the order, and its place; no_stage if there is none.
    std::size_t next(std::size_t& place) const;
    std::vector<std::size_t> stages() const;  // in their order

  private:
    std::vector<std::uint32_t> order_, place_of_;
    std::vector<std::uint64_t> is_ready_;  // bits by place
    std::size_t size_ = 0, first_ = 0;     // no word before first_ has a bit
};

struct RunningTeam {
    std::size_t stage;
    int width;
    double tolerance_s;  // its end may come so much sooner or later than predicted
};
using RunningEnds = std::multimap<double, RunningTeam>;  // by predicted end

/// Of two ends at almost the same time the later one may be what the next in the order waits for: nothing starts while another team is about
/// to end. What is assumed of an end is a thousandth of the stage's time, and 20 ms for messages.
double end_tolerance_s(double planned_s);

/// When a team that should end within its tolerance of now is overdue; infinity if there is none.
double about_to_end_until(const RunningEnds& ends, double now_s);

struct Moment {
    double now_s = 0;
    int idle = 0;
};

struct TeamChoice {
    std::size_t stage;
    int width;
};

/// Stages in the order of `ready` at their planned widths while ranks last (EASY backfilling: the first that doesn't fit gets a date, the
/// time when enough ranks will be free, or starts narrower if it ends sooner so; later ones may start if they don't put that date off). With
/// `widen`, ranks that nobody else waits for double the team with the longest path (`path_s`), if that gains a tenth of its time.
std::vector<TeamChoice> choose_teams(const ReadyQueue& ready,
                                     std::span<const PlannedStage> stages,
                                     std::span<const int> widths,
                                     std::span<const double> path_s,
                                     const RunningEnds& ends,
                                     Moment moment,
                                     bool widen);

}  // namespace overtake
