// For tests: a Slurm that answers what it was told to and remembers what it was asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/slurm/command_runner.hpp"

namespace overtake {

class FakeSlurm final : public CommandRunner {
  public:
    /// The answers in order; when none is left, exit code 1.
    explicit FakeSlurm(std::vector<CommandResult> answers) : answers_(std::move(answers)) {}

    CommandResult run(const std::vector<std::string>& arguments, std::string_view) override {
        std::string call;
        for (const std::string& argument : arguments) {
            call += (call.empty() ? "" : " ") + argument;
        }
        calls.push_back(call);
        return calls.size() <= answers_.size() ? answers_[calls.size() - 1] : CommandResult{1, "", "no answer"};
    }

    std::vector<std::string> calls;  // arguments joined by blanks

  private:
    std::vector<CommandResult> answers_;
};

}  // namespace overtake
