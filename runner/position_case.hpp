// What `overtake inspect position` is asked: a scheme, a shape, and what it is evaluated on. Its JSON form is in INSPECT.md.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/gpt.hpp"
#include "runner/json_tensors.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Shapes: B sequences (1 if the case has no such dimension), N heads, T tokens, H head width, D = N H. All tensors are fp64 on the
/// host; an undefined one was not given.
struct PositionCase {
    PositionConfig position;                    // options complete
    std::optional<ExtensionConfig> extension;
    ModelConfig model;                          // layers, heads and width count
    std::int64_t train_length = 0;              // the original length of extensions
    std::int64_t layer = 0;                     // whose biases and logits are formed
    std::int64_t seed = 0;                      // of initial values of parameters that aren't given
    Placement placement;                        // with its length, T
    bool batched = false;                       // whether tensors have a dimension B, so that answers get it too
    at::Tensor q_BNTH, k_BNTH;                  // before the scheme's transform; both or neither
    at::Tensor v_BNTH;
    at::Tensor x_BTD;                           // input of attention's projections
    std::map<std::string, at::Tensor> parameters;  // by name, "position.table"; the others keep their initial values
};

/// Reads and checks a case: unknown keys, contradictory shapes, options of the scheme. Throws ConfigError with the first thing that
/// is wrong.
PositionCase read_position_case(const Json& json);

/// The same from the text of a command: a JSON object, whose key "case" may name a file with a further one; what both give must agree,
/// but for options, which add up. Throws ConfigError, IoError.
Json read_request(const std::string& text);

}  // namespace overtake
