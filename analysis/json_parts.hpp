// Pieces that several JSON answers are made of. For sources of analysis alone.
#pragma once

#include <span>

#include <nlohmann/json.hpp>

#include "analysis/convention_check.hpp"
#include "analysis/study.hpp"

namespace overtake {

using Json = nlohmann::ordered_json;

/// What `crossover --json` says of one pair.
Json comparison_json(const Study& study, const Comparison& comparison);

/// {"conventions": [{"name", "relation", "verdict", "crossings"}], "changes_with_convention"} of the pair at its study's lengths; null if it wasn't checked.
Json conventions_json(const Study& study, const Comparison& comparison, std::span<const ConventionCheck> checks);

/// [low, high]
Json interval_json(const Interval& interval);

}  // namespace overtake
