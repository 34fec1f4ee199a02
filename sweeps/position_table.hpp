// What the entries of the table of position schemes share, and its parts: one source per hook.
//
// An entry says what differs from the defaults of SchemeInfo. Costs are forward FLOPs per token of the whole model. Formed once
// per step and shared by the batch, hence not counted: tables of angles, slopes and biases by lag. A bias matrix costs one
// addition per head, query and visible key.
#pragma once

#include <vector>

#include "sweeps/position_schemes.hpp"

namespace overtake {

/// Every entry, in the order in which schemes are listed to the user.
std::vector<SchemeInfo> make_position_table();

std::vector<SchemeInfo> input_schemes();
std::vector<SchemeInfo> rotation_schemes();
std::vector<SchemeInfo> learned_rotation_schemes();
std::vector<SchemeInfo> bias_schemes();
std::vector<SchemeInfo> relative_schemes();
std::vector<SchemeInfo> content_schemes();
std::vector<SchemeInfo> extensions();
std::vector<SchemeInfo> samplers();

/// x += P[p], once: D additions.
double added_to_input(const ModelConfig& model, const Options& options, std::int64_t context_length);
/// Four products and two sums per pair of channels, D / 2 pairs, queries and keys, every layer.
double rotated_queries_and_keys(const ModelConfig& model, const Options& options, std::int64_t context_length);
/// The same, only if option on is "rope", and one product per channel of the queries.
double rotated_and_tempered(const ModelConfig& model, const Options& options, std::int64_t context_length);
/// One addition per head and visible key, (N + 1) / 2 keys on average, every layer.
double added_to_logits(const ModelConfig& model, const Options& options, std::int64_t context_length);
/// Visible keys of a query on average, summed over heads and layers: what a cost per logit is multiplied by.
double logits_per_token(const ModelConfig& model, std::int64_t context_length);

SchemeOption number(std::string_view name, double default_value, double minimum, double maximum, std::string_view meaning);
SchemeOption integer(std::string_view name, std::int64_t default_value, double minimum, double maximum, std::string_view meaning);
SchemeOption choice(std::string_view name, std::string_view default_value, std::vector<std::string_view> choices,
                    std::string_view meaning);
SchemeOption flag(std::string_view name, bool default_value, std::string_view meaning);
SchemeOption numbers_per_pair(std::string_view name, double minimum, double maximum, std::string_view meaning);
SchemeOption later(SchemeOption option);  // its default stays out of ids
SchemeOption layout_option(std::string_view default_value);
SchemeOption on_option();  // "rope" or "none": what a temperature stands on
/// What a table does with positions that it has no row for.
SchemeOption beyond_option();
SchemeOption base_option();
/// Whether the projections of positions or lags have biases, as some authors' code has them and their papers don't.
SchemeOption projection_bias_option();
SchemeOption factor_option();

}  // namespace overtake
