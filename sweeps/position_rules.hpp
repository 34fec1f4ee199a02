// What of the table of position schemes goes together, and how far each combination reaches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sweeps/position_schemes.hpp"

namespace overtake {

/// Names of one sort, in the table's order: schemes to train with (hand-made and learned), extensions or samplers.
std::vector<std::string_view> schemes_to_train();
std::vector<std::string_view> names_of_kind(SchemeKind kind);
bool is_trainable(const SchemeInfo& info);

/// Why an extension can't be put on a trained scheme, or a sampler around one, as "what (rule); suggestion"; empty if it can.
std::string why_not_extended(const SchemeInfo& method, const SchemeInfo& scheme);
std::string why_not_sampled(const SchemeInfo& sampler, const SchemeInfo& scheme);

/// One more than the greatest whole position that training may meet: T, or what the sampler draws from. Rows of a table.
std::int64_t positions_in_training(const PositionConfig& position, std::int64_t train_length);

/// Whether evaluation, too, stands at positions that a sampler draws.
bool draws_in_evaluation(const PositionConfig& position);

/// Longest context that has an answer; the largest int64 if there is no limit.
std::int64_t longest_context(const PositionConfig& position, const std::optional<ExtensionConfig>& extension,
                             std::int64_t train_length);

}  // namespace overtake
