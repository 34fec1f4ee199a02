// What each position scheme costs: step times against rope's, taken in turns.
#pragma once

#include <string>
#include <vector>

#include "runner/json_tensors.hpp"

namespace overtake {

/// `request` is JSON with schemes, shape, length, batch, precision, device, rounds and steps, as INSPECT.md describes them. Answers
/// {"shape": ..., "schemes": [{"scheme", "ms", "ratio", "parameters"}, ...]}, rope first. Throws ConfigError.
Json bench_positions(const Json& request);

/// Prints the answer as a table, or as JSON. Returns an exit code.
int run_position_bench(const std::string& request, bool as_json);

}  // namespace overtake
