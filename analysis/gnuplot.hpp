// Runs the program gnuplot on a script, without a shell.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace overtake {

/// Runs `gnuplot SCRIPT` in `folder`; both are file names, never parsed by a shell. nullopt when it went well, else what went
/// wrong in words, with what gnuplot said.
std::optional<std::string> run_gnuplot(const std::filesystem::path& folder, const std::string& script);

}  // namespace overtake
