#include "sweeps/errors.hpp"

namespace overtake {

namespace {
std::string join(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += (text.empty() ? "" : "\n") + to_string(problem);
    }
    return text;
}
}  // namespace

std::string to_string(const Problem& problem) {
    return problem.where.empty() ? problem.what : problem.where + ": " + problem.what;
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(join(problems)), problems_(std::move(problems)) {}

void expects(bool condition, const char* what_should_hold, std::source_location where) {
    if (!condition) {
        throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                               ": expected that " + what_should_hold);
    }
}

}  // namespace overtake
