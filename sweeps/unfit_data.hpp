// Data that are there and can be read, but are not what the work needs.
#pragma once

#include "sweeps/errors.hpp"

namespace overtake {

/// The same wherever and however often it is tried: a length that no block of a corpus has, a state of another model. It says so, on what, and what
/// to do. A result of the stage that meets it, not a fault of the place where it ran.
class UnfitData : public IoError {
  public:
    using IoError::IoError;
};

}  // namespace overtake
