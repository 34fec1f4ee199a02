// The list of verbs.
#include "cluster/launch/commands.hpp"

#include <array>

#include "cluster/launch/cancel.hpp"
#include "cluster/launch/doctor.hpp"
#include "cluster/launch/inspect.hpp"
#include "cluster/launch/logs.hpp"
#include "cluster/launch/run.hpp"
#include "cluster/launch/status.hpp"

namespace overtake {

namespace {

constexpr std::array<Command, 7> commands{{
    {"run", "run a sweep, or go on with it", run_verb},
    {"status", "say how a sweep stands, from its files alone", status_verb},
    {"cancel", "stop a sweep for good, with checkpoints", cancel_verb},
    {"logs", "show what a sweep has said, and follow it", logs_verb},
    {"doctor", "say what is wrong with this place, and its cure", doctor_verb},
    {"inspect", "say what a position scheme has, initial or trained", inspect_verb},
    {"bench", "time position schemes against rope", bench_verb},
}};

}  // namespace

std::span<const Command> launch_commands() { return commands; }

}  // namespace overtake
