// A cluster in one process: the real coordinator driven by ranks that only wait, in virtual time and from a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cluster/schedule/coordinator.hpp"

namespace overtake {

struct SimulationOptions {
    /// Virtual seconds that a stage takes on a team from `step` to its end; must be > 0.
    std::function<double(std::size_t stage, std::int64_t step, int width)> seconds_left = {};
    /// How an attempt ends if nobody stops it; null: every one is done.
    std::function<StageOutcome(std::size_t stage, std::int64_t attempt)> outcome = {};
    /// Share of an attempt after which one of its ranks dies and takes the whole program along (design 6); < 0 or null: none does.
    std::function<double(std::size_t stage, std::int64_t attempt)> death = {};
    double checkpoint_seconds = 60;  // what a killed attempt keeps ends at a multiple of it
    double stop_at_s = -1;           // the stop file appears; < 0: never
    double message_seconds = 1e-3;   // longest delay of a message; each draws its own
    bool say_things_twice = false;   // every end is reported again later, as a lost and found message would
    std::uint64_t seed = 0;
};

/// One attempt as it ran.
struct SimulatedAttempt {
    std::size_t stage;
    std::int64_t attempt;
    std::vector<int> team;
    double begin_s, end_s;
    StageOutcome outcome;
    bool killed = false;        // by a death, its own or another's; `outcome` says nothing then
    std::int64_t step = 0;      // on disk after it
    double lost_s = 0;          // of its time, since its last checkpoint
};

struct SimulatedRun {
    std::vector<SimulatedAttempt> attempts;  // in order of their ends
    std::vector<CoordinatorEvent> events;
    double makespan_s = 0;
    std::uint64_t messages = 0;              // to the coordinator
    bool finished = false;                   // the coordinator said so, and no message was left
    bool stopped = false;
    bool died = false;                       // a rank did: the rest is for another run
};

/// The same arguments give the same run. Throws std::logic_error if a busy rank is handed a second stage.
SimulatedRun simulate(const StageForest& forest,
                      const std::vector<StageStart>& start,
                      const CoordinatorOptions& options,
                      const SimulationOptions& simulation);

}  // namespace overtake
