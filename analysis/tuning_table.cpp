#include "analysis/tuning_table.hpp"

#include <cmath>

#include "analysis/text.hpp"
#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

namespace {

/// Of a tuned sweep; nullopt for any other, and for a text that this version can't read.
std::optional<Tuning> tuning_of(const Results& results) {
    if (results.sweep_text.find(tuning_heading) == std::string::npos) {
        return std::nullopt;
    }
    try {
        std::optional<Tuning> tuning = parse_specification(results.sweep_text, "sweep_text").tuning;
        return tuning && tuning->phase == TuningPhase::tuned ? tuning : std::nullopt;
    } catch (const ConfigError&) {
        return std::nullopt;
    }
}

std::string nats(double value) { return std::isfinite(value) ? (value < 0 ? "" : "+") + fixed(value, 4) : value < 0 ? "below" : "beyond"; }

}  // namespace

std::optional<Table> tuning_table(const Results& results) {
    const std::optional<Tuning> tuning = tuning_of(results);
    if (!tuning) {
        return std::nullopt;
    }
    double flops = 0;
    for (const TunedChoice& choice : tuning->choices) {
        flops += choice.flops;
    }
    Table table{"tuning",
                "Tuning before the grid, on seeds and held-out text of its own: learning rate = the sweep's rule x rate (N / " +
                    significant(tuning->reference_parameters, 3) + ")^exponent" + (tuning->by_tokens ? " x D^exponent in D" : "") +
                    ". Curvature: second derivative of loss in ln rate, nats, of the most curved cell. Gain: most nats that a cell's own rate would gain over the rule's. "
                    "It cost " + significant(flops, 3) + " FLOPs, counted in no trial's compute.",
                {"scheme", "rate", "exponent", "exponent in D", "knob", "curvature", "gain", "trials", "FLOPs", "flags"},
                {}};
    for (const TunedChoice& choice : tuning->choices) {
        const std::string knob = choice.knob_kind == Knob::learning_rate ? "finer rates" : std::string(name_of(choice.knob_kind)) + " " + to_text(choice.knob);
        table.rows.push_back({choice.position, significant(choice.rate, 3), fixed(choice.exponent, 2),
                              fixed(choice.tokens_slope, 2) + (tuning->by_tokens ? "" : " (found, not used)"), knob, significant(choice.curvature, 2),
                              significant(choice.gain, 2), std::to_string(choice.trials), significant(choice.flops, 3),
                              choice.untuned() ? "untuned: " + choice.flags : "none"});
    }
    return table;
}

std::optional<Table> rate_check_table(const Results& results) {
    const std::optional<Tuning> tuning = tuning_of(results);
    if (!tuning || tuning->checks.empty()) {
        return std::nullopt;
    }
    Table table{"tuning-check",
                "Is the learning rate that all budgets' trunk shares right for each of them? Independent runs at other rates, against the rule's rate on the same seeds: loss at the "
                "best other rate minus loss at the rule's, nats per token, with an interval that holds for all other rates at once.",
                {"scheme", "size", "tokens", "seeds", "best other rate", "difference", "the shared rate is"},
                {}};
    for (const RateCheck& check : tuning->checks) {
        table.rows.push_back({check.position, check.size, rounded(check.tokens), std::to_string(check.seeds), "x " + significant(check.rate, 3),
                              nats(check.difference) + " [" + nats(check.low) + ", " + nats(check.high) + "]", std::string(name_of(check.verdict))});
    }
    return table;
}

}  // namespace overtake
