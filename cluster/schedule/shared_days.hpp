// Members of a job array on one sweep folder, in virtual time: some are cut off from it for a while, one may die.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cluster/schedule/coordinator.hpp"

namespace overtake {

struct CutOff {
    std::size_t member;
    double from_s,
        to_s;  // no file of the folder can be read or written; what runs goes on, and waits before it records
};

struct SharedDay {
    StageForest forest;
    std::size_t members = 2;
    CoordinatorOptions options;  // of each member; `claim` is the simulation's
    double patience_s = 90;      // as HolderWatch's; pulses are written and leases looked at six times as often
    double message_seconds = 1e-3;
    std::vector<CutOff> cut_offs;
    double first_dies_s = std::numeric_limits<double>::infinity();  // member 0, for good
    std::vector<double> factors;                                    // per stage: true time over assumed time
    std::vector<bool> fails;                                        // per stage
    std::uint64_t seed = 0;                                         // of the messages' delays
};

struct SharedAttempt {
    std::size_t member, stage;
    double begin_s, end_s;
    bool recorded;  // false: stopped, or its lease was another's by then, or its member died
    bool failed;
};

struct LeaseTaken {
    std::size_t stage;
    std::int64_t generation;
    std::size_t member;
    double at_s;
    double silent_s;  // since the holder before had written its pulse; infinity if nobody held it
};

struct SharedRun {
    std::vector<SharedAttempt> attempts;  // in order of their ends
    std::vector<LeaseTaken> leases;
    std::vector<std::size_t> never_left;  // members alive whose coordinator never finished
};

/// Real coordinators and HolderWatches. The folder is a model: a lease's next generation goes to the first who makes
/// it, as stage_lease.hpp's do, a record is written by whoever holds the lease then, and drops the leases.
SharedRun simulate_shared(const SharedDay& day);

/// Two to four members, at times cut off for a tenth to five times the patience.
SharedDay shared_day(std::uint64_t seed);

/// One sentence each; empty if: all members that live left; each stage was recorded once, or is below a failed one;
/// none began before its parent was recorded; each generation of a lease was taken by one; none was taken from a member
/// that moved.
std::vector<std::string> broken_promises(const SharedDay& day, const SharedRun& run);

}  // namespace overtake
