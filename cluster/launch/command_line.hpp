// Reading a verb's arguments with CLI11: help to stdout, mistakes as exit code 2.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace overtake {

/// nullopt: go on. Otherwise the exit code with which the verb is over.
inline std::optional<int> read_arguments(CLI::App& app, std::vector<std::string> arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // the order in which CLI11 takes a vector
    try {
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return std::nullopt;
}

}  // namespace overtake
