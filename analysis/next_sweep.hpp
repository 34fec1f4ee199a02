// Proposed trials as a sweep file that `overtake run` accepts, and the compute that a machine-hour bought so far.
#pragma once

#include <string>

#include "analysis/next_cells.hpp"

namespace overtake {

/// The sweep that the results carry with its grid replaced by one [[grid.zip]] whose rows are the proposed trials; sizes and positions as the file wrote them,
/// budgets in tokens, so that cells and ids stay. A size that is new is a number of parameters. `with_finished`: rows for the finished trials too, so
/// that a run in the same folder takes them from there and extends the study. Throws ConfigError where the sweep's text has no [grid], or a
/// scheme or size of a row is not in it, and whatever parsing the new text throws.
std::string next_sweep_text(const Results& results, const Study& study, const NextCells& next, bool with_finished = false);

/// Backbone parameters of the size nearest to `parameters` that the sweep of the results can make by number; NaN if none is within a third. `parameters`
/// itself where the text has no grid to rewrite (next_sweep_text says so).
double nearest_size(const Results& results, double parameters);

/// FLOPs of finished trials over wall seconds times team width of the stages on their paths, evaluation included; stages that trials share count for
/// each. NaN where nothing was timed.
double flops_per_rank_second(const Results& results);

/// Tokens of `most_epochs` epochs over the corpus, from the trials' epochs; infinite where they don't tell.
double tokens_of_epochs(const Results& results, double most_epochs);

}  // namespace overtake
