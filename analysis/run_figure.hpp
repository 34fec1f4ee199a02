// How a sweep ran: a bar for every stage, over time and the ranks it had.
#pragma once

#include <optional>

#include "analysis/figure.hpp"
#include "sweeps/results/results_file.hpp"

namespace overtake {

/// The Gantt picture of a real run, from the times, hosts and team widths of stages. Records don't say which ranks a team had: within a host
/// bars are packed from below, so that the height used is the ranks that worked. A stage of several attempts counts from the start of its last one. nullopt where fewer
/// than two stages say when they ran. Of very many stages the short ones, which no eye would see, are left out.
std::optional<Figure> run_figure(const Results& results);

}  // namespace overtake
