// Runs the program gnuplot on scripts, without a shell.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace overtake {

/// How the words begin if the program could not be started at all.
inline constexpr const char* no_gnuplot = "gnuplot could not be started";

/// Runs one `gnuplot SCRIPT...` in `folder`; all are file names, never parsed by a shell. nullopt when it went well, else what went
/// wrong in words, with what gnuplot said; it stops at the first script with a mistake.
std::optional<std::string> run_gnuplot(const std::filesystem::path& folder, std::span<const std::string> scripts);

}  // namespace overtake
