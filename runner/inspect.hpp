// `overtake inspect`: what a position scheme has, and what it makes of given queries and keys, in fp64.
#pragma once

#include <iosfwd>
#include <string>

#include "models/position/position_scheme.hpp"
#include "runner/position_case.hpp"

namespace overtake {

/// Which layers the biases are formed for: the case's, or all in a list.
enum class InspectedLayers { one, all };

/// The answer as INSPECT.md describes it. Throws ConfigError for what the scheme refuses: lengths beyond its last, parameters that it
/// doesn't have, inputs that it needs and wasn't given.
Json inspect_position(const PositionCase& asked, InspectedLayers layers = InspectedLayers::one);

/// The scheme of a stage of a sweep folder with the position parameters of its state, or of its parent's if it is an evaluation.
/// `length` is that of the answer's biases; 0: the train length, at most 64. Throws ConfigError for an unknown stage, IoError where
/// nothing is on disk.
Json inspect_stage(const std::string& id, const std::string& folder, std::int64_t length);

/// For people: every number of the answer, long lists cut.
void print_inspection(std::ostream& out, const Json& answer);

/// `request` is JSON: a case (read_request), or {"stage": id, "folder": dir, "length": n}. Prints the answer and returns an exit code.
int run_inspect(const std::string& request, bool as_json);

}  // namespace overtake
