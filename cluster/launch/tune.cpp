#include "cluster/launch/tune.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sweeps/errors.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {

namespace {

/// Held-out loss of each tuning trial, NaN where it diverged or failed; nullopt while one has not ended.
std::optional<std::vector<double>> losses_of(const SweepView& round) {
    std::map<std::string, std::size_t> by_text;
    for (std::size_t i = 0; i < round.forest.trials.size(); ++i) {
        by_text.emplace(round.forest.trials[i].text, i);
    }
    std::vector<double> losses;
    for (const TuningTrial& tuning : round.specification.tuning->trials) {
        const Trial& trial = round.forest.trials[by_text.at(canonical_text(tuning.config))];
        double loss = std::numeric_limits<double>::quiet_NaN();
        for (const std::string& id : trial.path) {
            const auto status = round.status[round.forest.index_of(id)];
            if (!status) {
                return std::nullopt;
            }
            if (*status != StageStatus::done) {
                break;
            }
            if (id == trial.path.back()) {
                const std::optional<StageRecord> record = read_record(round.folder, id);
                if (record && !record->evaluations.empty()) {
                    loss = record->evaluations.front().loss;
                }
            }
        }
        losses.push_back(loss);
    }
    return losses;
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

std::vector<std::vector<double>> first_rates(const Tuning& tuning) {
    std::vector<std::vector<double>> rates;
    for (const TuningScheme& scheme : tuning.schemes) {
        rates.push_back(scheme.rates);
    }
    return rates;
}

}  // namespace

SweepFolder tuning_folder(const SweepFolder& sweep) { return {sweep.root / "tuning"}; }

TuningState tuning_state(const std::string& text, const std::string& source_name, const SweepFolder& sweep) {
    const Specification plain = parse_specification(text, source_name, data_of(sweep));
    expects(plain.tuning.has_value(), "the sweep has [tune]");
    TuningState state;
    std::vector<std::vector<double>> rates = first_rates(*plain.tuning);
    for (;; ++state.round) {
        state.text = ended(text) + tuning_round_text(rates);
        const SweepView round = look_at_round(state.text, source_name, sweep);
        const std::optional<std::vector<double>> losses = losses_of(round);
        if (!losses) {
            return state;
        }
        TuningDecision decision =
            decide_tuning(*round.specification.tuning, *losses, plain.analysis.delta_nats, state.round < plain.tuning->widenings);
        if (decision.next_rates.empty()) {
            state.choices = std::move(decision.choices);
            return state;
        }
        rates = std::move(decision.next_rates);
    }
}

SweepView tuning_view(const SweepView& view) {
    const std::string source = view.folder.specification().string();
    std::string text = view.specification.text;
    if (const std::size_t written = text.find(tuning_heading); written != std::string::npos) {
        text.resize(written);
    }
    return look_at_round(tuning_state(text, source, view.folder).text, source, view.folder);
}

SweepView with_choices(SweepView view) {
    if (!view.specification.tuning || view.specification.tuning->running || !view.specification.tuning->choices.empty()) {
        return view;
    }
    const std::string source = view.folder.specification().string();
    const TuningState state = tuning_state(view.specification.text, source, view.folder);
    if (state.choices.empty()) {
        return view;
    }
    return look_at_text(ended(view.specification.text) + tuning_choices_text(state.choices), source, view.folder.root);
}

std::optional<int> run_tuning(const SweepView& view, const std::function<int(const SweepView& round)>& run_round,
                              const std::function<void(const std::string&)>& say) {
    const std::string source = view.folder.specification().string();
    for (;;) {
        const TuningState state = tuning_state(view.specification.text, source, view.folder);
        if (!state.choices.empty()) {
            return std::nullopt;
        }
        const SweepView round = look_at_round(state.text, source, view.folder);
        say("tuning, round " + std::to_string(state.round + 1) + ": " + std::to_string(round.forest.trials.size()) + " trials of " +
            std::to_string(round.specification.tuning->schemes.size()) + " schemes");
        const int code = run_round(round);
        if (code != exit_code::done && code != exit_code::some_trials_failed) {
            return code;
        }
        if (!losses_of(look_at_round(state.text, source, view.folder))) {
            say("the tuning's program ended, but some of its trials did not");
            return exit_code::unexpected;
        }
    }
}

}  // namespace overtake
