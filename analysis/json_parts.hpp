// Pieces that several JSON answers are made of. For sources of analysis alone.
#pragma once

#include <span>

#include <nlohmann/json.hpp>

#include "analysis/convention_check.hpp"
#include "analysis/graded_claims.hpp"
#include "analysis/study.hpp"

namespace overtake {

using Json = nlohmann::ordered_json;

/// What `crossover --json` says of one pair.
Json comparison_json(const Study& study, const Comparison& comparison);

/// {"conventions": [{"name", "relation", "verdict", "crossings"}], "changes_with_convention"} of the pair at its study's lengths; null if it wasn't checked.
Json conventions_json(const Study& study, const Comparison& comparison, std::span<const ConventionCheck> checks);

/// [{"name", "grade": "confirmed|refuted|undecided", "expected", "estimand", "challenger", "baseline", "train_length" (null: every one), "length", "delta_nats", "frozen_utc",
/// "stages_begun", "exploratory", "withdrawn", "reason", "parts": [{"train_length", "length", "grade", "relation", "sentence", "selection"}]}]
Json claims_json(std::span<const GradedClaim> claims);

/// Every key's "log10_flops" becomes "log10_seconds" where the unit of C isn't FLOPs, so that nobody reads the one as the other.
void name_cost(Json& json, const std::string& unit);

/// [low, high]
Json interval_json(const Interval& interval);

}  // namespace overtake
