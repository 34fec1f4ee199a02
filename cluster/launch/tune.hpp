// Fair tuning before the grid: rounds of tuning trials in DIR/tuning until every scheme has its choice, then the check of the shared
// rate in DIR/tuning/check. Both are ordinary sweep folders.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/launch/sweep_view.hpp"

namespace overtake {

/// Where a sweep's tuning is kept: a sweep folder of its own, so that what is done there is never done again.
SweepFolder tuning_folder(const SweepFolder& sweep);
SweepFolder check_folder(const SweepFolder& sweep);

/// How far the tuning of a sweep file without [tuning] has come. Texts are what the tuning folder's sweep.toml says meanwhile.
struct TuningState {
    std::int64_t round = 0;
    std::string round_text;            // of the round that is running or comes next, or of the last one
    std::string check_text;            // of the check of the shared rate; empty before there are choices, or if nothing is checked
    std::vector<TunedChoice> choices;  // not empty: the rounds are done
    std::vector<RateCheck> checks;     // of a check that is done
    bool done = false;                 // the grid can run
};

/// From records alone: walks rounds and check as long as all their trials have ended. Throws ConfigError or IoError as look_at_text.
TuningState tuning_state(const std::string& text, const std::string& source_name, const SweepFolder& sweep);

/// The sweep as its tuning left it: with the choices if tuning is done, as written otherwise. Views without [tune] come back as
/// they are.
SweepView with_choices(SweepView view);

/// The round of tuning that a sweep with [tune] is at: the next one to run, or the last; and its check, with rates that are not
/// chosen yet while the rounds run. Works on views with choices too.
struct TuningViews {
    SweepView round;
    StageForest check;
    std::vector<std::optional<StageStatus>> check_status;  // per stage of `check`
};
TuningViews tuning_views(const SweepView& view);

/// Runs rounds and the check with `run_round` (exit codes of design 6) until there are choices. Returns the code that stopped it, nullopt when
/// tuning is done.
std::optional<int> run_tuning(const SweepView& view, const std::function<int(const SweepView& round)>& run_round,
                              const std::function<void(const std::string&)>& say);

}  // namespace overtake
