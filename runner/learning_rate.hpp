// Learning rate of each step: linear warm-up, constant trunk, linear cooldown (WSD), or cosine.
#pragma once

#include <cstdint>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// Learning rate of the step that comes after `step` done ones (0-based), in a trunk: warm-up to the peak over
/// schedule.warmup_steps, then constant. Source: Hägele et al. 2024, arXiv:2405.18392, section 3.
double trunk_learning_rate(const TrialConfig& config, std::int64_t step);

/// The same within the cooldown of a budget: linear from the trunk's rate to zero over the last cooldown_steps() of
/// total_steps; the step after the last would have rate 0. Source: as above, eq. (1) with a linear decay function.
double cooldown_learning_rate(const TrialConfig& config, std::int64_t step);

/// Fine-tuning of an extension, `step` of `steps` (0-based): linear to `peak` over the first tenth of the steps (at least one), then
/// linear to zero; the step after the last would have rate 0.
double tuning_learning_rate(double peak, std::int64_t step, std::int64_t steps);

/// Cosine to a tenth of the peak over total_steps, after the warm-up. Source: Hoffmann et al. 2022, arXiv:2203.15556, B.
double cosine_learning_rate(const TrialConfig& config, std::int64_t step);

}  // namespace overtake
