// Fair tuning: the trials that choose each scheme's learning rate and its own knob before the grid, and the rule that carries the
// choice to every cell.
//
// Every scheme of the grid gets equally many trials: a learning rate times a knob, in every cell of [tune]'s sizes and budgets.
// The knob is the learning rate of the position parameters where there are any, else RoPE's base, else three finer steps of the
// learning rate. Tuning trials have seeds and held-out blocks of their own and are never scored.
//
// What tuning found is written back as a section [tuning] at the end of the sweep folder's sweep.toml, so that the file alone
// says what ran: `rates` (a round of tuning: the rates to try per scheme) or `choices` (the grid, tuned).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/trial_config.hpp"

namespace overtake {

enum class Knob { position_rate, base, learning_rate };
std::string_view name_of(Knob knob);

/// Learning rate of a tuned scheme: the grid's rule times rate (N / reference_parameters)^exponent (D / reference_tokens)^tokens_exponent.
/// The last factor is 1 unless [tune] asks for a rule in tokens too, which gives every budget a trunk of its own.
struct TunedChoice {
    std::string position;  // `position_text` of the scheme
    double rate = 1, exponent = 0, tokens_exponent = 0;
    double reference_parameters = 1, reference_tokens = 1;
    double knob = 0;       // factor of the position parameters' rate, or the base; without meaning for Knob::learning_rate
    bool untuned = false;  // an optimum stayed at the edge of its range
    std::string words;     // one sentence: optimum, curvature, what was flagged
    bool operator==(const TunedChoice&) const = default;
};

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
    std::vector<double> knobs;  // its three values; {1} for Knob::learning_rate
    std::vector<double> rates;  // tried in this round, ascending
};

/// Of a sweep file with [tune].
struct Tuning {
    std::vector<TuningScheme> schemes;
    std::vector<TuningCell> cells;
    std::vector<TuningTrial> trials;     // of the round that the text asks for, the first round otherwise
    std::int64_t widenings = 2;          // rounds that may follow the first
    bool by_tokens = false;
    double reference_parameters = 1;
    std::vector<TunedChoice> choices;    // not empty: the grid is tuned
    bool running = false;                // the text asks for a round of tuning instead of the grid
};

/// "rope base=10000": scheme and options, without an extension.
std::string position_text(const PositionConfig& position);

/// How the section [tuning] begins: what follows in a sweep folder's file was written by a run.
inline constexpr std::string_view tuning_heading = "\n[tuning]                 # written by the run\n";

/// The section [tuning] of a round: rates to try, one list per scheme.
std::string tuning_round_text(const std::vector<std::vector<double>>& rates);
/// The section [tuning] of a tuned grid.
std::string tuning_choices_text(const std::vector<TunedChoice>& choices);

/// What a round's losses say. `loss` has one entry per trial of `tuning` [nats per token], NaN for one that diverged or failed.
struct TuningDecision {
    std::vector<TunedChoice> choices;
    std::vector<std::vector<double>> next_rates;  // empty: nothing is left to widen; else the rates of the next round
};

/// Per scheme: the knob whose cells have the lowest mean of best losses; per cell the optimum of ln rate by the parabola through the
/// three lowest neighbours; over cells ln rate = a + b ln(N / N0) + c ln(D / D0) by least squares weighted with the curvatures.
/// An optimum at the edge of the rates asks for wider ones while `may_widen`, and is flagged afterwards; so is a knob at its edge
/// that gains more than `delta_nats` over its neighbour.
TuningDecision decide_tuning(const Tuning& tuning, const std::vector<double>& loss, double delta_nats, bool may_widen);

}  // namespace overtake
