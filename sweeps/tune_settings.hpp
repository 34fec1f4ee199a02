// The sections [tune], which a user writes, and [tuning], which a run adds to the sweep folder's copy of the file.
#pragma once

#include <optional>
#include <vector>

#include "sweeps/axis_values.hpp"
#include "sweeps/section_reader.hpp"
#include "sweeps/tuning.hpp"

namespace overtake {

struct TuneSettings {
    std::vector<AxisValue> sizes, tokens;  // two or more each, or whatever the file says
    std::vector<double> rates{0.25, 0.5, 1, 2, 4};     // multipliers of the learning rate's rule, ascending
    std::vector<double> position_rates{0.3, 1, 3};     // knob of schemes with position parameters
    std::vector<double> bases{1000, 10000, 100000};    // knob of RoPE's line
    std::vector<std::int64_t> seeds{1000};
    std::int64_t widenings = 2;
    bool by_tokens = false;
    std::optional<std::vector<std::string>> check;     // schemes whose shared rate is checked; nullopt: the baseline and the first learned one
    std::vector<double> check_rates{0.5, 1, 2};        // multiples of the rule's rate, ascending, 1 among them
    std::vector<std::int64_t> check_seeds{2000, 2001, 2002, 2003};
    Place place;

    // From [tuning]: a round, or choices and then perhaps checks.
    TuningRound round;
    bool checking = false;
    std::vector<TunedChoice> choices;
    std::vector<RateCheck> checks;
};

/// nullopt without [tune].
std::optional<TuneSettings> read_tune(SectionReader& tune, SectionReader& tuning, Complaints& complaints);

/// What `tuning_round_text`, `tuning_check_text` and `tuning_choices_text` write.
void read_tuning(SectionReader& tuning, TuneSettings& settings, Complaints& complaints);

}  // namespace overtake
