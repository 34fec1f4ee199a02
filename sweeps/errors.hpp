// How the project reports what went wrong: problems with a place, errors of the outside world, broken promises.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <vector>

namespace overtake {

/// One thing that is wrong with an input. `where` is "file:line:column" or the dotted name of a field
/// ("optimizer.learning_rate"); `what` follows the grammar "problem (rule); suggestion", lower case, no full stop.
struct Problem {
    std::string where;
    std::string what;
    bool operator==(const Problem&) const = default;
};

/// "where: what" on one line.
std::string to_string(const Problem& problem);

/// The user's input can't be used. Carries every problem that was found, not the first; exit code 2.
class ConfigError : public std::runtime_error {
  public:
    explicit ConfigError(std::vector<Problem> problems);
    const std::vector<Problem>& problems() const noexcept { return problems_; }

  private:
    std::vector<Problem> problems_;
};

/// The outside world refused: says what was attempted, on what, why it failed, what to do; exit code 1.
class IoError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws std::logic_error with file and line if `condition` does not hold. For our own mistakes, never for input.
void expects(bool condition, const char* what_should_hold,
             std::source_location where = std::source_location::current());

/// Exit codes of every program of the project (design 6).
namespace exit_code {
inline constexpr int done = 0;
inline constexpr int unexpected = 1;
inline constexpr int usage = 2;
inline constexpr int some_trials_failed = 3;
inline constexpr int resumable = 75;
}  // namespace exit_code

}  // namespace overtake
