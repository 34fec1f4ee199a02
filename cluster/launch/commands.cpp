// The list of verbs.
#include "cluster/launch/commands.hpp"

#include <array>

#include "cluster/launch/plan.hpp"
#include "cluster/launch/run.hpp"
#include "cluster/launch/status.hpp"

namespace overtake {

namespace {

constexpr std::array<Command, 3> commands{{
    {"run", "run a sweep, or go on with it", run_verb},
    {"plan", "say what a sweep will cost and what is new in it", plan_verb},
    {"status", "say how a sweep stands, from its files alone", status_verb},
}};

}  // namespace

std::span<const Command> launch_commands() { return commands; }

}  // namespace overtake
