// What a position's inline table says of the stages behind its extension: tune_tokens and its kin, search and its options.
#pragma once

#include <string_view>

#include "sweeps/document.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Keys that speak of stages: search, search_..., tune_....
bool is_stage_key(std::string_view key);

/// Reads those keys of `node` into `extension`, completed and checked; search = "none" and tune_tokens = 0 or "0%" leave the
/// stage out. Steps of the tuning stay 0.
void read_extension_stages(const DocumentNode& node, ExtensionConfig& extension, Complaints& complaints);

/// Steps of fine-tuning for a budget of D tokens: tune_tokens in whole batches, rounded to the nearest, at least one.
std::int64_t tuning_steps(const TuneConfig& tune, std::int64_t budget_tokens, std::int64_t batch_tokens);

/// Whether the extension's stages have that option (search, tune_tokens ...) with that value.
bool stages_agree(const ExtensionConfig& extension, std::string_view key, const OptionValue& value);

}  // namespace overtake
