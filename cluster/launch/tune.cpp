#include "cluster/launch/tune.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "sweeps/errors.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {

namespace {

/// Held-out loss of each trial, NaN where it diverged or failed; nullopt while one has not ended.
template <typename TuningOrCheckTrial>
std::optional<std::vector<double>> losses_of(const SweepView& view, const std::vector<TuningOrCheckTrial>& trials) {
    std::map<std::string, std::size_t> by_text;
    for (std::size_t i = 0; i < view.forest.trials.size(); ++i) {
        by_text.emplace(view.forest.trials[i].text, i);
    }
    std::vector<double> losses;
    for (const TuningOrCheckTrial& tuning : trials) {
        const Trial& trial = view.forest.trials[by_text.at(canonical_text(tuning.config))];
        double loss = std::numeric_limits<double>::quiet_NaN();
        for (const std::string& id : trial.path) {
            const auto status = view.status[view.forest.index_of(id)];
            if (!status) {
                return std::nullopt;
            }
            if (*status != StageStatus::done) {
                break;
            }
            if (id == trial.path.back()) {
                const std::optional<StageRecord> record = read_record(view.folder, id);
                if (record && !record->evaluations.empty()) {
                    loss = record->evaluations.front().loss;
                }
            }
        }
        losses.push_back(loss);
    }
    return losses;
}

bool all_ended(const SweepView& view) {
    const Tuning& tuning = *view.specification.tuning;
    return tuning.phase == TuningPhase::checking ? losses_of(view, tuning.check_trials).has_value() : losses_of(view, tuning.trials).has_value();
}

/// What each scheme's choice has cost: its trials, and the FLOPs of their stages, each once.
void count_costs(const SweepView& round, std::vector<TunedChoice>& choices) {
    const Tuning& tuning = *round.specification.tuning;
    std::map<std::string, std::size_t> scheme_of;
    for (const TuningTrial& trial : tuning.trials) {
        choices[trial.scheme].trials += 1;
        scheme_of.emplace(canonical_text(trial.config), trial.scheme);
    }
    std::set<std::string> counted;
    for (const Trial& trial : round.forest.trials) {
        for (const std::string& id : trial.path) {
            if (counted.insert(id).second) {
                choices[scheme_of.at(trial.text)].flops += round.forest.stages[round.forest.index_of(id)].flops;
            }
        }
    }
}

std::string ended(std::string text) {
    if (!text.ends_with('\n')) {
        text += '\n';
    }
    return text;
}

SweepView look_at_round(const std::string& text, const std::string& source_name, const SweepFolder& sweep) {
    return look_at_text(text, source_name, tuning_folder(sweep).root);
}

SweepView look_at_check(const std::string& text, const std::string& source_name, const SweepFolder& sweep) {
    return look_at_text(text, source_name, check_folder(sweep).root);
}

/// The round or the check that is to run.
SweepView look_at_next(const TuningState& state, const std::string& source_name, const SweepFolder& sweep) {
    return state.choices.empty() ? look_at_round(state.round_text, source_name, sweep) : look_at_check(state.check_text, source_name, sweep);
}

TuningRound first_round(const Tuning& tuning) {
    TuningRound round;
    for (const TuningScheme& scheme : tuning.schemes) {
        round.rates.push_back(scheme.rates);
        round.knobs.push_back(scheme.knobs);
    }
    return round;
}

std::string without_tuning(std::string text) {
    if (const std::size_t written = text.find(tuning_heading); written != std::string::npos) {
        text.resize(written);
    }
    return text;
}

}  // namespace

SweepFolder tuning_folder(const SweepFolder& sweep) { return {sweep.root / "tuning"}; }

SweepFolder check_folder(const SweepFolder& sweep) { return {sweep.root / "tuning" / "check"}; }

TuningState tuning_state(const std::string& text, const std::string& source_name, const SweepFolder& sweep) {
    const Specification plain = parse_specification(text, source_name, data_of(sweep));
    expects(plain.tuning.has_value(), "the sweep has [tune]");
    TuningState state;
    TuningRound next = first_round(*plain.tuning);
    for (; !next.empty(); ++state.round) {
        state.round_text = ended(text) + tuning_round_text(next);
        const SweepView round = look_at_round(state.round_text, source_name, sweep);
        const std::optional<std::vector<double>> losses = losses_of(round, round.specification.tuning->trials);
        if (!losses) {
            return state;
        }
        TuningDecision decision =
            decide_tuning(*round.specification.tuning, *losses, plain.analysis.delta_nats, state.round < plain.tuning->widenings);
        next = std::move(decision.next);
        if (next.empty()) {
            state.choices = std::move(decision.choices);
            count_costs(round, state.choices);
        }
    }
    if (!plain.tuning->check_trials.empty()) {
        state.check_text = ended(text) + tuning_check_text(state.choices);
        const SweepView check = look_at_check(state.check_text, source_name, sweep);
        const Tuning& tuning = *check.specification.tuning;
        const std::optional<std::vector<double>> losses = losses_of(check, tuning.check_trials);
        if (!losses) {
            return state;
        }
        state.checks = decide_checks(tuning.checks, tuning.check_trials, *losses, plain.analysis.delta_nats, plain.analysis.confidence);
        flag_checked(state.choices, state.checks);
    }
    state.done = true;
    return state;
}

TuningViews tuning_views(const SweepView& view) {
    const std::string source = view.folder.specification().string(), text = without_tuning(view.specification.text);
    const TuningState state = tuning_state(text, source, view.folder);
    TuningViews views{look_at_round(state.round_text, source, view.folder), {}, {}};
    if (!state.check_text.empty()) {
        SweepView check = look_at_check(state.check_text, source, view.folder);
        views.check = std::move(check.forest);
        views.check_status = std::move(check.status);
        return views;
    }
    std::vector<TrialConfig> configs;
    for (const CheckTrial& trial : views.round.specification.tuning->check_trials) {
        configs.push_back(trial.config);
    }
    views.check = grow_forest(configs);
    views.check_status.resize(views.check.stages.size());
    return views;
}

SweepView with_choices(SweepView view) {
    if (!view.specification.tuning || view.specification.tuning->phase != TuningPhase::planned) {
        return view;
    }
    const std::string source = view.folder.specification().string();
    const TuningState state = tuning_state(view.specification.text, source, view.folder);
    if (!state.done) {
        return view;
    }
    return look_at_text(ended(view.specification.text) + tuning_choices_text(state.choices, state.checks), source, view.folder.root);
}

std::optional<int> run_tuning(const SweepView& view, const std::function<int(const SweepView& round)>& run_round,
                              const std::function<void(const std::string&)>& say) {
    const std::string source = view.folder.specification().string();
    for (;;) {
        const TuningState state = tuning_state(view.specification.text, source, view.folder);
        if (state.done) {
            return std::nullopt;
        }
        const SweepView round = look_at_next(state, source, view.folder);
        say((state.choices.empty() ? "tuning, round " + std::to_string(state.round + 1) : std::string("tuning, check of the shared rate")) + ": " +
            std::to_string(round.forest.trials.size()) + " trials");
        const int code = run_round(round);
        if (code != exit_code::done && code != exit_code::some_trials_failed) {
            return code;
        }
        if (!all_ended(look_at_next(state, source, view.folder))) {
            say("the tuning's program ended, but some of its trials did not");
            return exit_code::unexpected;
        }
    }
}

}  // namespace overtake
