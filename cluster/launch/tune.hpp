// Fair tuning before the grid: rounds of tuning trials in DIR/tuning, an ordinary sweep folder, until every scheme has its choice.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/launch/sweep_view.hpp"

namespace overtake {

/// Where a sweep's tuning is kept: a sweep folder of its own, so that what is done there is never done again.
SweepFolder tuning_folder(const SweepFolder& sweep);

/// The tuning round that `text` (a sweep file without [tuning]) begins with, or goes on with after the rounds that are recorded.
struct TuningState {
    std::string text;                   // of the round: what its folder's sweep.toml says
    std::vector<TunedChoice> choices;   // not empty: every round is done, and these came out
    std::int64_t round = 0;
};

/// From records alone: walks the rounds as long as all their trials have ended. Throws ConfigError or IoError as look_at_text.
TuningState tuning_state(const std::string& text, const std::string& source_name, const SweepFolder& sweep);

/// The sweep as its tuning left it: with the choices if tuning is done, as written otherwise. Views without [tune] come back as
/// they are.
SweepView with_choices(SweepView view);

/// The round of tuning that a sweep with [tune] is at: the next one to run, or the last. Works on views with choices too.
SweepView tuning_view(const SweepView& view);

/// Runs rounds with `run_round` (exit codes of design 6) until there are choices. Returns the code that stopped it, nullopt when
/// tuning is done.
std::optional<int> run_tuning(const SweepView& view, const std::function<int(const SweepView& round)>& run_round,
                              const std::function<void(const std::string&)>& say);

}  // namespace overtake
