// A verb of the command-line tool: each folder lists its own, overtake.cpp hands over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace overtake {

/// `run` gets the arguments after the verb, prints results to stdout and words to stderr, and returns an exit code of
/// design 6. It may throw ConfigError (printed, exit 2) or anything else (printed, exit 1).
struct Command {
    std::string_view name;
    std::string_view summary;  // one line, lower case, no full stop
    int (*run)(const std::vector<std::string>& arguments);
};

}  // namespace overtake
