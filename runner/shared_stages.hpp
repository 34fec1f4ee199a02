// One member's side of a sweep that a job array shares: a lease before each stage, a pulse, and what others have done meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "cluster/schedule/coordinator.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/stage_lease.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// For a folder without a member every claim is granted and nothing else happens. Leases only save double work: whoever was asleep and lost one
/// computes the same bits, may put a finished stage in place, and is told to stop at the next look.
class SharedStages {
  public:
    /// `folder` and `forest` outlive it. Writes the first pulse. Throws IoError.
    SharedStages(const SweepFolder& folder, const StageForest& forest, const std::vector<StageStart>& start, double patience_s);
    ~SharedStages();
    SharedStages(const SharedStages&) = delete;
    SharedStages& operator=(const SharedStages&) = delete;

    /// Whether a stage may be worked on here: its lease is ours now. False if it is over, the lease of another that moves, or the folder
    /// refuses (said once; it is asked again later).
    bool claim(std::uint32_t stage);
    /// Ends a lease when its stage ended here.
    void on_event(const CoordinatorEvent& event);
    /// A failure under a lost lease is no result (it may be one of being taken over), but a stop.
    ToCoordinator judged(ToCoordinator message) const;
    /// Call often. Keeps the pulse, and every few seconds (in at most 2 % of the time) looks at stages elsewhere and at our leases.
    std::vector<Outgoing> look(Coordinator& coordinator, double now_s);

  private:
    std::optional<StageOutcome> outcome_of(std::uint32_t stage) const;  // nullopt: not over
    bool may_take(const StageLease& lease);
    void keep_pulse(double now_s);
    bool attempt(const std::function<void()>& write);

    const SweepFolder& folder_;
    const StageForest& forest_;
    const bool alone_;
    double patience_s_;
    HolderWatch watch_;
    std::set<std::uint32_t> again_;       // recorded, but run again for the sake of their state
    std::set<std::uint32_t> taken_over_;  // told so already
    std::int64_t pulse_ = 0;
    double next_pulse_s_ = 0, next_look_s_ = 0;
    bool pulse_fails_ = false, leases_fail_ = false;
};

}  // namespace overtake
