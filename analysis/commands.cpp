// The verbs of analysis, by name.
#include "analysis/commands.hpp"

#include "analysis/arguments.hpp"

namespace overtake {

namespace {

constexpr Command commands[] = {
    {"fit", "fits a law to every scheme of a results file or table", run_fit},
    {"crossover", "says where a scheme overtakes another, and how surely", run_crossover},
    {"compare", "shows two schemes side by side, and the verdict under every count of N and C", run_compare},
    {"differences", "says what an option or scheme costs, paired by seed, with intervals", run_differences},
    {"next", "proposes the cells that shrink a crossing's interval most per FLOP", run_next},
    {"report", "writes one page with verdicts, figures and tables", run_report},
};

}  // namespace

std::span<const Command> analysis_commands() { return commands; }

}  // namespace overtake
