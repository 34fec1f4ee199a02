#include "sweeps/tuning_trials.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "sweeps/canonical_text.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

/// Whether the scheme has a base and the grid leaves it at its default: a base that the grid names is not tuned away.
bool has_free_base(const PositionConfig& position) {
    for (const SchemeOption& option : find_position_scheme(position.scheme)->options) {
        if (option.name == "base") {
            return std::holds_alternative<double>(option.default_value) && position.options.at("base") == option.default_value;
        }
    }
    return false;
}

Knob knob_of(const PositionConfig& position) {
    const SchemeInfo& info = *find_position_scheme(position.scheme);
    return info.kind == SchemeKind::learned ? Knob::position_rate : has_free_base(position) ? Knob::base : Knob::learning_rate;
}

/// The first round's rates: without a knob of its own a scheme gets as many trials by finer steps.
std::vector<double> first_rates(const TuneSettings& settings, Knob knob) {
    if (knob != Knob::learning_rate) {
        return settings.rates;
    }
    std::vector<double> finer;
    for (const double rate : settings.rates) {
        finer.insert(finer.end(), {rate / 1.26, rate, rate * 1.26});
    }
    return finer;
}

}  // namespace

std::vector<const AxisValue*> values_of(const Grid& grid, Axis axis) {
    std::vector<const AxisValue*> values;
    for (const Dimension& dimension : grid.dimensions) {
        const auto column = std::find(dimension.axes.begin(), dimension.axes.end(), axis);
        if (column != dimension.axes.end()) {
            for (const auto& row : dimension.rows) {
                values.push_back(&row[static_cast<std::size_t>(column - dimension.axes.begin())]);
            }
        }
    }
    return values;
}

std::vector<GridScheme> schemes_of(const Grid& grid) {
    std::vector<GridScheme> schemes;
    std::set<std::string> known;
    for (const AxisValue* value : values_of(grid, Axis::position)) {
        const PositionConfig& position = std::get<PositionChoice>(value->value).position;
        if (known.insert(position_text(position)).second) {
            schemes.push_back({value, position});
        }
    }
    return schemes;
}

EvaluationConfig tuning_evaluation(const TrialConfig& config) {
    EvaluationConfig evaluation{{config.training.train_length}, config.evaluation.tokens, config.evaluation.windows};
    evaluation.heldout = HeldoutPart::tuning;
    return evaluation;
}

Tuning make_tuning(const TuneSettings& settings, const Grid& grid, Resolver& resolver, double reference_parameters, Complaints& complaints) {
    Tuning tuning;
    tuning.widenings = settings.widenings;
    tuning.by_tokens = settings.by_tokens;
    tuning.choices = settings.choices;
    tuning.phase = !settings.round.empty()     ? TuningPhase::trying
                   : settings.checking          ? TuningPhase::checking
                   : !settings.choices.empty() ? TuningPhase::tuned
                                                : TuningPhase::planned;
    tuning.reference_parameters = reference_parameters;
    const std::vector<GridScheme> schemes = schemes_of(grid);
    const bool given = tuning.phase == TuningPhase::trying;
    if (given && settings.round.rates.size() != schemes.size()) {
        complaints.add(settings.place, "[tuning] has rates for " + std::to_string(settings.round.rates.size()) + " schemes, the grid has " +
                                           std::to_string(schemes.size()) + " (a run writes one list per scheme); run the sweep from its own file");
        return tuning;
    }
    for (const AxisValue* seed : values_of(grid, Axis::seed)) {
        const auto among = [&](const std::vector<std::int64_t>& seeds) {
            return std::find(seeds.begin(), seeds.end(), std::get<std::int64_t>(seed->value)) != seeds.end();
        };
        if (among(settings.seeds) || among(settings.check_seeds)) {
            complaints.add(settings.place, "seed " + seed->text + " is a seed of the grid and of [tune] (runs that chose are never scored); give [tune] seeds of its own");
        }
    }
    const std::vector<const AxisValue*> lengths = values_of(grid, Axis::train_length);
    std::deque<AxisValue> made;  // the resolver knows sizes by address
    for (std::size_t s = 0; s < schemes.size(); ++s) {
        TuningScheme scheme{.position = position_text(schemes[s].position), .knob = knob_of(schemes[s].position), .knobs = {}, .rates = {}};
        scheme.knobs = given                                ? settings.round.knobs[s]
                       : scheme.knob == Knob::position_rate ? settings.position_rates
                       : scheme.knob == Knob::base          ? settings.bases
                                                            : std::vector<double>{1};
        scheme.rates = given ? settings.round.rates[s] : first_rates(settings, scheme.knob);
        for (const double knob : scheme.knobs) {
            PositionChoice choice{schemes[s].position, std::nullopt};
            if (scheme.knob == Knob::base) {
                choice.position.options["base"] = knob;
            }
            made.push_back({schemes[s].value->place, schemes[s].value->text, std::move(choice)});
            const AxisValue* const position = &made.back();
            for (const double rate : scheme.rates) {
                made.push_back({settings.place, to_text(rate), rate});
                const AxisValue* const multiplier = &made.back();
                for (std::size_t cell = 0; cell < settings.sizes.size() * settings.tokens.size(); ++cell) {
                    const AxisValue& size = settings.sizes[cell / settings.tokens.size()];
                    const AxisValue& tokens = settings.tokens[cell % settings.tokens.size()];
                    for (const std::int64_t seed : settings.seeds) {
                        made.push_back({settings.place, to_text(seed), seed});
                        auto config = resolver.resolve({&size, &tokens, position, lengths.front(), &made.back(), multiplier});
                        if (!config) {
                            return tuning;
                        }
                        if (scheme.knob == Knob::position_rate) {
                            config->optimizer.position_learning_rate_multiplier *= knob;
                        }
                        config->evaluation = tuning_evaluation(*config);
                        if (tuning.cells.size() <= cell) {
                            tuning.cells.push_back({config->size, static_cast<double>(count_parameters(config->model, {.scheme = "none", .options = {}}, 1).backbone),
                                                    static_cast<double>(config->tokens())});
                        }
                        tuning.trials.push_back({s, knob, rate, cell, std::move(*config)});
                    }
                }
            }
        }
        tuning.schemes.push_back(std::move(scheme));
    }
    return tuning;
}

}  // namespace overtake
