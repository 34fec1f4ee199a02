// Searches for the rescale factors of a trained RoPE model: their options, and how many evaluations they may spend.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sweeps/position_schemes.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// evolution: LongRoPE's (Ding et al. 2024, arXiv:2402.13753, section 3.2 and algorithm 1), and for longrope2 the search of
/// the critical dimension (Shang et al. 2025, arXiv:2502.20082, section 3). gradient: the same numbers by back-propagation.
/// The options' names are those of the sweep file, search_population and so on.
std::span<const SchemeInfo> search_methods();

/// nullptr if there is none of that name.
const SchemeInfo* find_search_method(std::string_view name);

/// Whether the extension has factors that a search can find (longrope, longrope2).
bool is_searchable(std::string_view extension);

/// Evaluations of one search, in forward passes over its windows: population + iterations x (mutations + crossovers). A
/// gradient step counts as three, so that both methods spend equal FLOPs.
std::int64_t search_evaluations(const SearchConfig& search);

/// Windows behind one evaluation.
std::int64_t search_windows(const SearchConfig& search);

/// Ranks that one search can keep busy: the individuals of a generation, or the windows of a gradient step.
std::int64_t search_parallelism(const SearchConfig& search);

/// What a search looks for. first: long factors at search_first_factor, on the model as it was trained; second: long factors
/// at the extension's factor, on the model that was tuned with the first; short_factors: those of contexts up to T.
enum class SearchRound { first, only, second, short_factors };
std::string_view name_of(SearchRound round);

}  // namespace overtake
