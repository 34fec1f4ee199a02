// Fair tuning: the trials that choose each scheme's learning rate and its own knob before the grid, and the rule that carries the
// choice to every cell.
//
// Every scheme of the grid gets equally many trials: a learning rate times a knob, in every cell of [tune]'s sizes and budgets.
// The knob is the learning rate of the position parameters where there are any, else RoPE's base unless the grid names one, else
// three finer steps of the learning rate. Tuning trials have seeds and held-out blocks of their own and are never scored.
//
// What tuning found is written back as a section [tuning] at the end of the sweep folder's sweep.toml, so that the file alone
// says what ran: `rates` and `knobs` (a round: what to try per scheme), `choices` with `checking` (the check of the shared rate
// under these choices), or `choices` with `checks` (the grid, tuned).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/rate_check.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

enum class Knob { position_rate, base, learning_rate };
std::string_view name_of(Knob knob);
std::optional<Knob> find_knob(std::string_view name);

/// Learning rate of a tuned scheme: the grid's rule times rate (N / reference_parameters)^exponent (D / reference_tokens)^tokens_exponent.
/// The last factor is 1 unless [tune] asks for a rule in tokens too, which gives every budget a trunk of its own.
struct TunedChoice {
    std::string position;  // `position_text` of the scheme
    double rate = 1, exponent = 0, tokens_exponent = 0;
    double reference_parameters = 1, reference_tokens = 1;
    Knob knob_kind = Knob::learning_rate;
    double knob = 0;           // factor of the position parameters' rate, or the base; without meaning for Knob::learning_rate
    double curvature = 0;      // of the most curved cell: second derivative of loss in ln rate [nats per token]
    double gain = 0;           // most that a cell's own rate would gain over the rule's, by its parabola [nats per token]
    double tokens_slope = 0;   // d ln(optimum) / d ln D that was found, whether the rule uses it or not
    std::int64_t trials = 0;   // that chose, over all rounds
    double flops = 0;          // of their stages, each once
    std::string flags{};       // why it is untuned; empty: it is tuned
    bool untuned() const { return !flags.empty(); }
    bool operator==(const TunedChoice&) const = default;
};

/// "rate x 1.3 (N / 1e+04)^-0.15, base 10000; curvature at most 0.04 nats, ...; untuned: ...".
std::string sentence(const TunedChoice& choice);

struct TuningTrial {
    std::size_t scheme = 0;  // index into Tuning::schemes
    double knob = 0;
    double rate = 1;         // multiplier of the grid's rule
    std::size_t cell = 0;    // index into Tuning::cells
    TrialConfig config;
};

struct TuningCell {
    std::string size;
    double parameters = 0;  // backbone
    double tokens = 0;      // D
    bool operator==(const TuningCell&) const = default;
};

struct TuningScheme {
    std::string position;  // `position_text`
    Knob knob = Knob::learning_rate;
    std::vector<double> knobs;  // tried in this round, ascending; {1} for Knob::learning_rate
    std::vector<double> rates;  // tried in this round, ascending
};

/// What a round tries, one list per scheme.
struct TuningRound {
    std::vector<std::vector<double>> rates, knobs;
    bool empty() const { return rates.empty(); }
    bool operator==(const TuningRound&) const = default;
};

/// planned: nothing is known yet. trying, checking: the text asks for a round, or for the check, instead of the grid. tuned: the
/// grid has its choices.
enum class TuningPhase { planned, trying, checking, tuned };

/// Of a sweep file with [tune].
struct Tuning {
    TuningPhase phase = TuningPhase::planned;
    std::vector<TuningScheme> schemes;
    std::vector<TuningCell> cells;
    std::vector<TuningTrial> trials;       // of the round that the text asks for, the first round otherwise
    std::vector<RateCheck> checks;         // planned ones have no differences yet
    std::vector<CheckTrial> check_trials;  // under the choices there are; not known while tuned
    std::int64_t widenings = 2;            // rounds that may follow the first
    bool by_tokens = false;
    double reference_parameters = 1;
    std::vector<TunedChoice> choices;
    bool runs() const { return phase == TuningPhase::trying || phase == TuningPhase::checking; }
};

/// "rope base=10000": scheme and options, without an extension.
std::string position_text(const PositionConfig& position);

/// The choice that a trial of the tuned grid, whose position may have a tuned base, was made by; nullptr if there is none.
const TunedChoice* find_choice(const std::vector<TunedChoice>& choices, const PositionConfig& position);

/// How the section [tuning] begins: what follows in a sweep folder's file was written by a run.
inline constexpr std::string_view tuning_heading = "\n[tuning]                 # written by the run\n";

std::string tuning_round_text(const TuningRound& round);
/// The section [tuning] that asks for the check of the shared rate.
std::string tuning_check_text(const std::vector<TunedChoice>& choices);
/// The section [tuning] of a tuned grid.
std::string tuning_choices_text(const std::vector<TunedChoice>& choices, const std::vector<RateCheck>& checks);

/// What a round's losses say. `loss` has one entry per trial of `tuning` [nats per token], NaN for one that diverged or failed.
struct TuningDecision {
    std::vector<TunedChoice> choices;
    TuningRound next;  // empty: nothing is left to widen
};

/// Per scheme: the knob whose cells have the lowest mean of best losses; per cell the optimum of ln rate by the parabola through the
/// three lowest neighbours; over cells ln rate = a + b ln(N / N0) + c ln(D / D0) by least squares weighted with the curvatures.
/// An optimum at the edge of the rates asks for two more beyond it while `may_widen`, and is flagged afterwards; so is a knob at its
/// edge that gains more than `delta_nats` over its neighbour, which asks for one more value.
TuningDecision decide_tuning(const Tuning& tuning, const std::vector<double>& loss, double delta_nats, bool may_widen);

/// Flags the schemes whose shared rate a check found worse.
void flag_checked(std::vector<TunedChoice>& choices, const std::vector<RateCheck>& checks);

}  // namespace overtake
