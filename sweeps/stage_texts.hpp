// The canonical texts behind ids: what of a trial's configuration decides which stage's bits. In no id: what changes no bit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sweeps/canonical_text.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

// Each sets the keys of one part of a text; defaults that came later than version 1 are left out, so that older ids stay.
void set_position(CanonicalText& text, const TrialConfig& config);
void set_sampler_in_evaluation(CanonicalText& text, const TrialConfig& config);
/// A key that evaluations have where tasks or sliding windows stand at drawn positions.
void set_sampler_in_measures(CanonicalText& text, const TrialConfig& config);
void set_extension(CanonicalText& text, const ExtensionConfig& extension);
void set_tuning(CanonicalText& text, const TuneConfig& tune);
void set_search(CanonicalText& text, const SearchConfig& search);
void set_evaluation(CanonicalText& text, const EvaluationConfig& evaluation, const std::vector<std::int64_t>& lengths);
void set_windows(CanonicalText& text, const TrialConfig& config);
void set_budget(CanonicalText& text, const TrialConfig& config);

/// What every trial of a cell has in common, without what the schedule makes of the budget.
CanonicalText shared_text(const TrialConfig& config);

/// Everything that changes the bits of a trunk, whatever the budget; a cosine run depends on its budget.
CanonicalText trunk_text(const TrialConfig& config);

/// 8 hex digits, equal for trials that differ in position scheme, extension and seed only, whatever rates tuning chose.
std::string cell_of(TrialConfig config);

}  // namespace overtake
