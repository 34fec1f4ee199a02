// Which ready stages start now, and how wide: longest path first, room kept for the first that doesn't fit, short ones backfilled.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace overtake {

inline constexpr auto no_stage = static_cast<std::size_t>(-1);
inline constexpr int most_doublings = 16;  // teams of up to 65,536 ranks

/// A stage as the planner sees it. `seconds[k]` is the time of its rest on 2^k ranks, for k <= doublings.
struct PlannedStage {
    std::size_t parent = no_stage;
    bool open = false;      // to be started yet
    int running_width = 0;  // > 0: runs now, for another seconds[0]
    int doublings = 0;
    std::array<double, most_doublings + 1> seconds{};

    double seconds_on(int width) const;  // width: a power of two <= 2^doublings
    /// Of all widths: the shortest time, and the smallest product of width and time.
    double best_seconds() const, least_area() const;
};

using ReadyQueue = std::set<std::pair<double, std::size_t>>;  // (-path in seconds, stage): longest first, ties in forest order
using RunningEnds = std::multimap<double, int>;               // predicted end -> ranks that it frees

struct Moment {
    double now_s = 0;
    int idle = 0;
    int returning = 0;  // ranks that will be idle in a moment
};

struct TeamChoice {
    std::size_t stage;
    int width;
};

/// Stages in the order of `ready` at their planned widths while ranks last (EASY backfilling: the first that doesn't fit gets a date, the
/// time when enough ranks will be free, or starts narrower if it ends sooner so; later ones may start if they don't put that date off). With
/// `widen`, ranks that nobody else waits for double the team with the longest path, if that gains a tenth of its time.
std::vector<TeamChoice> choose_teams(const ReadyQueue& ready,
                                     std::span<const PlannedStage> stages,
                                     std::span<const int> widths,
                                     const RunningEnds& ends,
                                     Moment moment,
                                     bool widen);

}  // namespace overtake
