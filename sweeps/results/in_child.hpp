// Runs a function where a crash of the HDF5 library on a damaged or hostile file does no harm: in a child process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sweeps/errors.hpp"

namespace overtake {

/// What a child may take: wall seconds, and memory on top of what there is.
struct ChildLimits {
    unsigned seconds = 120;
    double gibibytes = 4;
};

/// `otherwise`, with what OVERTAKE_READ_SECONDS and OVERTAKE_READ_GIB say in its place (nullptr: not set). Throws ConfigError where they are no positive numbers.
ChildLimits limits_from(const char* seconds, const char* gibibytes, const ChildLimits& otherwise);

/// A child came to the end of its limits, or was ended from outside: says nothing about the file. The message says which limit, and how to raise it.
class LimitError : public IoError {
  public:
    using IoError::IoError;
};

/// Lines that `function` answers in a forked child, which keeps to `limits` and writes no file. An IoError thrown there is thrown here. If the child is killed by a crash,
/// one line says so. Memory that ran out in it counts as the limit, also where `function` made an error or lines of it. For processes that run no other thread.
/// Throws LimitError; IoError if no child can be made.
std::vector<std::string> lines_from_child(const std::function<std::vector<std::string>()>& function, const ChildLimits& limits);

}  // namespace overtake
