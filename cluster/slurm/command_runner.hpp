// Running another program: an argument vector in, its exit code and words out. Never a shell string.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace overtake {

struct CommandResult {
    int exit_code = 0;  // 128 + n if signal n ended it
    std::string output;
    std::string errors;
    bool operator==(const CommandResult&) const = default;
};

/// The seam at which tests put a fake Slurm.
class CommandRunner {
  public:
    virtual ~CommandRunner() = default;
    /// Runs `arguments[0]` (searched in PATH) with `input` on its stdin and waits for its end.
    /// Throws IoError if it can't be started.
    virtual CommandResult run(const std::vector<std::string>& arguments, std::string_view input) = 0;
};

/// Real processes, by posix_spawn.
class ProcessRunner final : public CommandRunner {
  public:
    CommandResult run(const std::vector<std::string>& arguments, std::string_view input) override;
};

}  // namespace overtake
